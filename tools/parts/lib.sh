# shellcheck shell=bash
# What every part is made of: where it is kept, and how one is installed, launched, awaited and ended. Sourced by parts.sh
# and split.sh. What runs is described by its folder alone: DIR/pid, DIR/log, DIR/signal (how it likes to be stopped) and a
# process whose working folder lies in DIR, so that a process id that was given to somebody else deceives nobody.
set -euo pipefail

parts=${LINLI_PARTS:-${XDG_CACHE_HOME:-$HOME/.cache}/linli-parts}
PATH=$PATH:/usr/sbin:/sbin
launched=() # what launch started last

say() { echo "$*" >&2; }
fail() {
	say "${0##*/}: $*"
	exit 1
}

# alone NAME: holds the lock of NAME until this shell ends, for test runs may install side by side.
alone() {
	mkdir -p "$parts"
	exec 9>"$parts/.$1.lock"
	flock 9
}

# debian PACKAGE: installs a package. Its system service stays off.
debian() {
	[[ $(id -u) == 0 ]] || fail "$1 is missing: as root, apt-get install $1"
	say "$1: installing from Debian"
	(
		alone apt
		off=/usr/sbin/policy-rc.d log=$parts/$1.log
		[[ -e $off ]] || {
			trap 'rm -f "$off"' EXIT
			printf '#!/bin/sh\nexit 101\n' >"$off"
			chmod +x "$off"
		}
		export DEBIAN_FRONTEND=noninteractive
		get=(apt-get install -y -q --no-install-recommends "$1")
		"${get[@]}" >"$log" 2>&1 || { apt-get update && "${get[@]}"; } >>"$log" 2>&1 || fail "cannot install $1: see $log"
	)
}

# built NAME-VERSION PACKAGE: prints a binary that is built, once per version, from the Go module in tools/parts/NAME.
built() {
	local name=${1%-*} binary=$parts/$1
	[[ -x $binary ]] || (
		alone "$name"
		[[ ! -x $binary ]] || exit 0
		say "$name: building ${1##*-} from its Go module, once (4 to 8 minutes on two cores)"
		GOWORK=off GOFLAGS='' CGO_ENABLED=0 go -C "$here/parts/$name" build -trimpath -ldflags '-s -w' -o "$binary.new" "$2" >&2
		mv "$binary.new" "$binary"
	)
	echo "$binary"
}

# folder DIR: makes DIR and prints where it really is.
folder() { mkdir -p "$1" && (cd "$1" && pwd -P); }

# alive DIR: whether the process that was launched in DIR still runs. Where it works cannot always be read at once.
alive() {
	local pid dir where=''
	pid=$(cat "$1/pid" 2>/dev/null) && dir=$(cd "$1" && pwd -P) || return 1
	for _ in 1 2 3; do
		! where=$(readlink "/proc/$pid/cwd" 2>/dev/null) || break
		! ended "$pid" || return 1
		sleep 0.02
	done
	[[ $where/ == "$dir"/* ]]
}

# launch DIR SIGNAL COMMAND…: starts a command in DIR, in a session of its own. SIGNAL is what stops it in order.
launch() {
	local dir=$1 signal=$2
	launched=("$@")
	shift 2
	pushd "$dir" >/dev/null
	[[ ! -e log ]] || mv log log.1
	echo "$signal" >signal
	setsid "$@" >log 2>&1 </dev/null 9>&- &
	echo $! >pid
	popd >/dev/null
}

# ready DIR SECONDS CHECK…: waits until CHECK holds. Who dies meanwhile, or takes too long, is an error that shows its log.
ready() {
	local dir=$1 end=$((SECONDS + $2)) status
	shift 2
	until "$@" >/dev/null 2>&1; do
		! ended "$(cat "$dir/pid")" || {
			status=0
			wait "$(cat "$dir/pid")" 2>/dev/null || status=$?
			! once_more "$dir" || continue
			tail -n 20 "$dir/log" >&2
			fail "${dir##*/} ended while it started, with status $status"
		}
		((SECONDS < end)) || {
			tail -n 20 "$dir/log" >&2
			halt "$dir"
			fail "${dir##*/} was not ready in time"
		}
		sleep 0.05
	done
}

# once_more DIR: launches again what ended before it said a word, as what the system kills while it loads does. Never twice.
once_more() {
	local again=("${launched[@]}")
	[[ ${again[0]:-} == "$1" && ! -s $1/log ]] || return 1
	say "${1##*/} ended before it said a word: once more"
	launch "${again[@]}"
	launched=()
}

# listening PORT, answers URL, logged TEXT FILE: checks for ready.
listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
answers() { curl -fsS -m 2 -o /dev/null "$1"; }
logged() { grep -q "$1" "$2"; }

# unused PORT…: fails when somebody listens there. One that was killed a moment ago has three seconds to let go.
unused() {
	local port end=$((SECONDS + 3))
	for port; do
		while listening "$port"; do
			((SECONDS < end)) || fail "port $port is taken"
			sleep 0.05
		done
	done
}

# halt DIR [SIGNAL]: ends what runs in DIR and waits for it; what has not stopped after 20 s is killed. KILL is a crash and
# takes the children too. Nothing running is fine.
halt() {
	local dir=$1 signal=${2:-} pid end=$((SECONDS + 20)) all
	if alive "$dir"; then
		signal=${signal:-$(cat "$dir/signal")} all=$(cat "$dir/pid")
		[[ $signal != KILL ]] || all+=" $(cat "/proc/$all/task/$all/children" 2>/dev/null || true)"
		for pid in $all; do kill -s "$signal" "$pid" 2>/dev/null || true; done
		for pid in $all; do until ended "$pid" || ((SECONDS >= end)); do sleep 0.02; done; done
		if [[ $signal != KILL ]] && alive "$dir"; then
			say "${dir##*/} did not stop in time: killed"
			halt "$dir" KILL
		fi
	fi
	rm -f "$dir/pid"
}

# ended PID: gone, or a zombie without threads, whose ports and files are closed although nobody buried it.
ended() {
	[[ -e /proc/$1 ]] || return 0
	grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null && [[ $(echo "/proc/$1/task/"*) == "/proc/$1/task/$1" ]]
}
