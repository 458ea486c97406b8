#!/usr/bin/env bash
# schemathesis.sh [ARGUMENTS]: runs the pinned fuzzer of HTTP APIs, installing it with all that it needs, of the versions in
# schemathesis/requirements.txt, once per such list into the cache folder.
set -euo pipefail
lock=$(cd "$(dirname "$0")" && pwd)/schemathesis/requirements.txt
home=${LINLI_TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/linli-tools}/schemathesis-$(sha256sum "$lock" | cut -c1-12)
if [[ ! -e $home/installed ]]; then
	python3 -m venv --clear "$home" >&2
	"$home/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$lock" >&2
	touch "$home/installed"
fi
exec "$home/bin/schemathesis" "$@"
