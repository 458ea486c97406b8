#!/usr/bin/env bash
# peers.sh SCRIPT [ARGUMENTS]: runs tools/peers/SCRIPT.py with the solvers that dispatch is measured against: OR-tools, PyVRP,
# VROOM, HiGHS, of pinned versions, installed once into the cache folder. Nothing of the product needs them.
#   peers.sh install      only installs
#   peers.sh installed    whether they are
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/peers
pins=$(cksum <"$here/requirements.txt")
home=${LINLI_TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/linli-tools}/peers-${pins%% *}
if [[ ${1:-} == installed ]]; then
	[[ -e $home/installed ]]
	exit
fi
if [[ ! -e $home/installed ]]; then
	echo "installing OR-tools, PyVRP, VROOM and HiGHS into $home" >&2
	python3 -m venv "$home" >&2
	"$home/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: -r "$here/requirements.txt" >&2
	touch "$home/installed"
fi
[[ ${1:-} == install ]] || exec "$home/bin/python" "$here/${1:?which script?}.py" "${@:2}"
