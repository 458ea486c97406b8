#!/usr/bin/env bash
# The servers that the platform stands on: kafka postgres redis consul jaeger prometheus, of one pinned version each, all on
# 127.0.0.1. They are installed into ${LINLI_PARTS:-~/.cache/linli-parts}, or from Debian.
#   parts.sh install [PART…]        what is missing, all by default; tells of what takes long
#   parts.sh installed              whether none is missing
#   parts.sh start PART DIR PORT    with all its state in DIR; one that runs is left alone. Returns when it is ready
#                                   With DIR/secure (ca.pem, cert.pem and key.pem of localhost, username, password) Kafka,
#                                   PostgreSQL and Redis are reached as localhost, by TLS and with that password only
#   parts.sh stop DIR | kill9 DIR   in order, or as a crash; start it again on the same DIR
#   parts.sh freeze DIR | thaw DIR  it stays silent without hanging up
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/parts/lib.sh"

all=(kafka postgres redis consul jaeger prometheus)
for part in "${all[@]}"; do
	# shellcheck source=/dev/null
	source "$here/parts/$part.sh"
done

# need PART: a sentence for one that does not exist.
need() { [[ " ${all[*]} " == *" $1 "* ]] || fail "no part $1: there are ${all[*]}"; }

install() {
	local part
	for part; do
		need "$part"
		"${part}_install"
	done
}

installed() {
	local program
	for program in java redis-server prometheus "$parts/$consul_build" "$parts/$jaeger_build" "$(postgres_bin)/postgres"; do
		command -v "$program" >/dev/null || return 1
	done
	[[ -e $(kafka_root)/installed ]]
}

start() { # PART DIR PORT
	local dir
	need "$1"
	dir=$(folder "$2")
	alive "$dir" || {
		"${1}_install"
		"${1}_start" "$dir" "$3"
	}
}

case ${1:-} in
install) install "${@:2}" $( (($# > 1)) || echo "${all[@]}") ;;
installed) installed ;;
start) start "${@:2}" ;;
stop) halt "$2" ;;
kill9) halt "$2" KILL ;;
freeze) kill -STOP "$(cat "$2/pid")" ;;
thaw) kill -CONT "$(cat "$2/pid")" ;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
