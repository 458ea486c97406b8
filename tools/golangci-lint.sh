#!/usr/bin/env bash
# golangci-lint.sh [ARGUMENTS]: runs the pinned linter, building it once per version (a few minutes) into the cache folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=github.com/golangci/golangci-lint/v2
version=$(awk -v module=$module '$1 == module { print $2 } $1 == "require" && $2 == module { print $3 }' "$here/lint/go.mod")
binary=${LINLI_TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/linli-tools}/bin/golangci-lint-$version
if [[ ! -x $binary ]]; then
	echo "building golangci-lint $version, once" >&2
	mkdir -p "$(dirname "$binary")"
	GOWORK=off go -C "$here/lint" build -trimpath -ldflags='-s -w' -o "$binary" $module/cmd/golangci-lint
fi
exec "$binary" "$@"
