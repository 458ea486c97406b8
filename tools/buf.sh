#!/usr/bin/env bash
# buf.sh [ARGUMENTS]: runs the pinned buf, installing its wheel once per version into the cache folder.
set -euo pipefail
version=1.75.0
home=${LINLI_TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/linli-tools}/buf-$version
if [[ ! -x $home/bin/buf ]]; then
	python3 -m venv "$home" >&2
	"$home/bin/pip" install --quiet --disable-pip-version-check "buf-bin==$version" >&2
fi
exec "$home/bin/buf" "$@"
