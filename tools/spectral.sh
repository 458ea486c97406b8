#!/usr/bin/env bash
# spectral.sh FILE: lints an OpenAPI document with the pinned linter, installing it when it is missing or old.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)/spectral
installed=$here/node_modules/.package-lock.json
if [[ ! $installed -nt $here/package-lock.json ]]; then
	npm --prefix "$here" ci --loglevel=error >&2
	touch "$installed"
fi
exec "$here/node_modules/.bin/spectral" lint --ruleset "$here/ruleset.yaml" --fail-severity warn "$@"
