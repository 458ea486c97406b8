#!/usr/bin/env bash
# The platform as a company runs it: real servers, and every service a process of its own. All that runs has a folder in
# DIR, named like it: its log, its process id, and for a service the script `run` that starts it.
#   split.sh up DIR [OPTION…] [-- FLAG…]   starts what does not run; the last line is the gateway's address
#       --http ADDRESS     of the first gateway (127.0.0.1:8080)
#       --base PORT        first of the ports of everything else (17000): see ports below
#       --company NAME     (demo) also the name of the database
#       --parts DIR        the servers are those that another `up` or `parts` started with its own --base: see --parts-base
#       --parts-base PORT
#       --empty            no community moves in, though a FLAG is --demo
#     FLAG… goes to every service, but --tickets.policy and the like to the one it names
#   split.sh parts DIR [--base PORT]       starts only the servers
#   split.sh down DIR                      stops everything, services first
#   split.sh start DIR NAME                a service or a server that was stopped, killed or frozen: tickets-1, kafka
#   split.sh stop | kill9 | freeze DIR NAME
#   split.sh roll DIR NAME                 a service anew, without a call refused: it drains, and where it is the only one a
#                                          spare process serves meanwhile
#   split.sh names DIR                     the services, one a line with address of HTTP and gRPC
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
source "$here/parts/lib.sh"

# Instances in the order of their ports, and servers with the place of their port after the base.
instances=(identity-1 residents-1 hr-1 tickets-1 tickets-2 dispatch-1 dispatch-2 notify-1 gateway-1 gateway-2)
servers=(kafka:0 postgres:2 redis:3 consul:4 jaeger:10 prometheus:15)
first_service=20 # HTTP of the first instance, then its gRPC, then the next instance
spare=16 # HTTP of the one that serves while a service without a replica is replaced, then its gRPC

options() {
	http=127.0.0.1:8080 base=17000 company=demo parts_dir='' parts_base='' empty='' flags=()
	while (($#)); do
		case $1 in
		--http) http=$2 ;;
		--base) base=$2 ;;
		--company) company=$2 ;;
		--parts) parts_dir=$(folder "$2") ;;
		--parts-base) parts_base=$2 ;;
		--empty)
			empty=1
			shift
			continue
			;;
		--)
			flags=("${@:2}")
			return
			;;
		*) fail "unknown option $1" ;;
		esac
		shift 2
	done
}

# port SERVER, http_of INSTANCE, grpc_of INSTANCE: where each listens.
port() {
	local server
	for server in "${servers[@]}"; do
		[[ ${server%:*} != "$1" ]] || echo $((parts_base + ${server#*:}))
	done
}
place() {
	local i
	for i in "${!instances[@]}"; do
		[[ ${instances[i]} != "$1" ]] || echo $((base + first_service + 2 * i))
	done
}
http_of() { [[ $1 == gateway-1 ]] && echo "$http" || echo "127.0.0.1:$(place "$1")"; }
grpc_of() { echo "127.0.0.1:$(($(place "$1") + 1))"; }

start_servers() {
	local server pids=()
	"$here/parts.sh" install
	for server in "${servers[@]}"; do
		server=${server%:*}
		mkdir -p "$parts_dir/$server"
		port "$server" >"$parts_dir/$server/port"
		"$here/parts.sh" start "$server" "$parts_dir/$server" "$(port "$server")" &
		pids+=($!)
	done
	all_of "${pids[@]}"
}

# all_of PID…: waits for each, and fails if one did.
all_of() {
	local pid status=0
	for pid; do wait "$pid" || status=1; done
	((status == 0)) || fail "not everything started"
}

# prepare: schemas, topics and certificates, by the commands that are there for it.
prepare() {
	local password pids=()
	password=$(cat "$parts_dir/postgres/password")
	LINLI_ADMIN_DATABASE="postgres://postgres:$password@127.0.0.1:$(port postgres)/postgres?sslmode=disable" \
		"$root/bin/linli" prepare schemas --company "$company" --out "$dir/databases" &
	pids+=($!)
	"$root/bin/linli" prepare topics --company "$company" --brokers "127.0.0.1:$(port kafka)" &
	pids+=($!)
	"$root/bin/linli" ca --company "$company" --dir "$dir/certificates" >/dev/null &
	pids+=($!)
	all_of "${pids[@]}"
}

# write_run INSTANCE: the script that starts it, now and after a crash.
write_run() {
	local service=${1%-*} flag mine=1 database=''
	mkdir -p "$dir/$1"
	[[ ! -e $dir/databases/$service ]] || database=$(cat "$dir/databases/$service")
	{
		echo '#!/bin/sh'
		setting COMPANY "$company"
		setting INSTANCE "$1"
		setting DATA "$dir/shared"
		setting HTTP "$(http_of "$1")"
		setting GRPC "$(grpc_of "$1")"
		setting DATABASE "$database"
		setting BROKERS "127.0.0.1:$(port kafka)"
		setting REDIS "127.0.0.1:$(port redis)"
		setting CONSUL "127.0.0.1:$(port consul)"
		setting PEERS "$(peers)"
		setting TLS_DIR "$dir/certificates/$service"
		setting OTLP "127.0.0.1:$(($(port jaeger) + 1))"
		setting LOG_FORMAT json
		setting DRAIN_DELAY 1s
		printf 'exec %q' "$root/bin/$service"
		for flag in "${flags[@]}"; do # a value follows its flag
			[[ $flag != --* ]] || { [[ $flag == --*.* && $flag != --"$service".* ]] && mine='' || mine=1; }
			[[ -z $mine ]] || printf ' %q' "$flag"
		done
		echo
	} >"$dir/$1/run"
	chmod 700 "$dir/$1/run"
}
setting() { printf 'export LINLI_%s=%q\n' "$1" "$2"; }

# peers: where services are when Consul cannot tell.
peers() {
	local instance all=''
	for instance in "${instances[@]}"; do
		[[ $instance != *-1 ]] || all+="${all:+;}${instance%-*}=$(grpc_of "$instance")"
	done
	echo "$all"
}

start_service() { # INSTANCE
	alive "$dir/$1" || launch "$dir/$1" TERM ./run
	ready "$dir/$1" 90 answers "http://$(setting_of HTTP "$1")/readyz"
}
setting_of() { sed -n "s/^export LINLI_$1=//p" "$dir/$2/run"; } # NAME INSTANCE

# targets: what Prometheus scrapes.
targets() {
	local instance lines=()
	for instance in "${instances[@]}"; do
		lines+=("$(printf '{"targets": ["%s"], "labels": {"service": "%s", "instance": "%s"}}' "$(http_of "$instance")" "${instance%-*}" "$instance")")
	done
	(IFS=, && echo "[${lines[*]}]") >"$dir/targets.json"
	mv "$dir/targets.json" "$parts_dir/prometheus/targets.json"
}

up() {
	local instance pids=()
	mkdir -p "$dir/shared"
	if [[ -z $parts_dir ]]; then
		parts_dir=$dir parts_base=$base
		say "starting Kafka, PostgreSQL, Redis, Consul, Jaeger and Prometheus"
		start_servers
	fi
	prepare
	targets
	say "starting the services"
	for instance in "${instances[@]}"; do
		alive "$dir/$instance" || write_run "$instance"
		start_service "$instance" &
		pids+=($!)
	done
	all_of "${pids[@]}"
	if [[ " ${flags[*]} " == *' --demo '* && -z $empty ]]; then
		"$root/bin/linli" demo --url "http://$http" --company "$company" --data "$dir/shared" \
			--otlp "127.0.0.1:$(($(port jaeger) + 1))"
	fi
	echo "http://$http"
}

down() {
	local name
	for name in "${instances[@]}" "${instances[@]/%-1/-spare}"; do
		[[ ! -e $dir/$name ]] || halt "$dir/$name" &
	done
	wait
	for name in "${servers[@]}"; do
		[[ ! -e $dir/${name%:*} ]] || halt "$dir/${name%:*}" &
	done
	wait
}

start_one() { # NAME
	if [[ -e $dir/$1/port ]]; then
		"$here/parts.sh" start "$1" "$dir/$1" "$(cat "$dir/$1/port")"
	else
		start_service "$1"
	fi
}

# roll NAME: the others take its calls before it stops. It leaves Consul, and says that it is not ready, a while before.
roll() {
	local service=${1%-*} base address
	[[ -e $dir/$service-2/run ]] || {
		address=$(setting_of HTTP identity-1)
		base=$((${address##*:} - first_service))
		mkdir -p "$dir/$service-spare"
		sed -e "s/^export LINLI_INSTANCE=.*/export LINLI_INSTANCE=$service-spare/" \
			-e "s/^export LINLI_HTTP=.*/export LINLI_HTTP=127.0.0.1:$((base + spare))/" \
			-e "s/^export LINLI_GRPC=.*/export LINLI_GRPC=127.0.0.1:$((base + spare + 1))/" "$dir/$1/run" >"$dir/$service-spare/run"
		chmod 700 "$dir/$service-spare/run"
		start_service "$service-spare"
	}
	halt "$dir/$1"
	start_service "$1"
	[[ ! -e $dir/$service-spare/run ]] || {
		halt "$dir/$service-spare"
		rm "$dir/$service-spare/run"
	}
}

names() {
	local run
	for run in "$dir"/*/run; do
		echo "$(basename "$(dirname "$run")")" $(sed -n 's/^export LINLI_\(HTTP\|GRPC\)=//p' "$run")
	done
}

(($# >= 2)) || {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}
dir=$(folder "$2")
case $1 in
up)
	options "${@:3}"
	up
	;;
parts)
	options "${@:3}"
	parts_dir=$dir parts_base=$base
	start_servers
	;;
down) down ;;
start) start_one "$3" ;;
stop) halt "$dir/$3" ;;
kill9) halt "$dir/$3" KILL ;;
roll) roll "$3" ;;
freeze) kill -STOP "$(cat "$dir/$3/pid")" ;;
names) names ;;
*) fail "unknown command $1" ;;
esac
