#!/usr/bin/env bash
# helm.sh [ARGUMENTS]: runs the pinned Helm, building it once per version (a few minutes) into the cache folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
module=helm.sh/helm/v4
version=$(awk -v module=$module '$1 == module { print $2 } $1 == "require" && $2 == module { print $3 }' "$here/helm/go.mod")
binary=${LINLI_TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/linli-tools}/bin/helm-$version
if [[ ! -x $binary ]]; then
	echo "building helm $version, once" >&2
	mkdir -p "$(dirname "$binary")"
	GOWORK=off CGO_ENABLED=0 nice -n 15 go -C "$here/helm" build -trimpath \
		-ldflags="-s -w -X $module/internal/version.version=$version" -o "$binary.$$" $module/cmd/helm
	mv "$binary.$$" "$binary"
fi
exec "$binary" "$@"
