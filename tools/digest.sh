#!/usr/bin/env bash
# digest.sh PATH…: one line per file with its digest; what make check-fresh compares before and after.
set -euo pipefail
for path in "$@"; do
	if [[ -e $path ]]; then
		find "$path" -type f -print0
	fi
done | sort -z | xargs -0 --no-run-if-empty sha256sum
