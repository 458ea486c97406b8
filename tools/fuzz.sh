#!/usr/bin/env bash
# fuzz.sh TIME: runs every fuzz target of every module for that time. A failing input is kept in testdata/fuzz and fails the
# ordinary tests from then on.
set -euo pipefail
cd "$(dirname "$0")/.."
grep -rnE --include='*_test.go' --exclude-dir=node_modules --exclude-dir=.git -o '^func Fuzz\w+' . | sort |
	while IFS=: read -r file _ function; do
		name=${function#func }
		folder=$(dirname "$file")
		echo "== $folder $name"
		(cd "$folder" && go test -run '^$' -fuzz "^$name\$" -fuzztime "$1" .)
	done
