#!/usr/bin/env bash
# npx.sh NAME [ARGUMENTS]: runs one of the pinned command-line tools of tools/node, installing them when they are missing or old.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [[ ! $here/node/node_modules/.package-lock.json -nt $here/node/package-lock.json ]]; then
	npm --prefix "$here/node" ci --silent >&2
	touch "$here/node/node_modules/.package-lock.json"
fi
name=$1
shift
exec "$here/node/node_modules/.bin/$name" "$@"
