# shellcheck shell=bash
# A PostgreSQL cluster of its own from Debian's binaries. The superuser is postgres with the password in DIR/password, made
# at the first start: SCRAM over TCP on 127.0.0.1 is the only way in.
#
# PostgreSQL refuses to run as root. Root runs it under another id: in a user namespace, where DIR may be any folder of
# root's; where namespaces are forbidden, DIR must be reachable for the user postgres.
postgres_install() {
	[[ -n $(postgres_bin) ]] || debian postgresql
	postgres_template >/dev/null
}

# postgres_bin: the folder of the newest binaries, or nothing.
postgres_bin() {
	local newest
	newest=$(printf '%s\n' /usr/lib/postgresql/[1-9]*/bin | sort -V | tail -n 1)
	[[ ! -x $newest/postgres ]] || echo "$newest"
}

# postgres_as: sets the array as, the words that run a command under an id that PostgreSQL accepts.
postgres_as() {
	as=()
	[[ $(id -u) == 0 ]] || return 0
	local user=nobody
	! id postgres >/dev/null 2>&1 || user=postgres
	if unshare -U true 2>/dev/null; then
		as=(unshare -U --map-user="$(id -u $user)" --map-group="$(id -g $user)")
	else
		as=(setpriv --reuid="$(id -u $user)" --regid="$(id -g $user)" --clear-groups)
		chown -R $user: "$@"
	fi
}

# postgres_template: prints an empty cluster to copy, four times faster than to make one.
postgres_template() {
	local bin as template new
	bin=$(postgres_bin)
	template=$parts/postgres-$(basename "$(dirname "$bin")")
	[[ -e $template ]] || (
		alone postgres
		[[ ! -e $template ]] || exit 0
		say "postgres: making an empty cluster"
		new=$(mktemp -d)
		postgres_as "$new"
		"${as[@]}" "$bin/initdb" -D "$new/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$parts/postgres.log" 2>&1 ||
			fail "see $parts/postgres.log"
		mv "$new" "$template"
	)
	echo "$template"
}

postgres_start() { # DIR PORT
	local as bin
	unused "$2"
	bin=$(postgres_bin)
	[[ -e $1/data ]] || postgres_create "$1"
	postgres_as "$1"
	local secure=()
	[[ ! -e $1/secure ]] || {
		secure=(-c ssl=on -c ssl_cert_file="$1/secure/cert.pem" -c ssl_key_file="$1/secure/key.pem")
		sed -i 's/^host /hostssl /' "$1/data/pg_hba.conf"
	}
	rm -f "$1/data/postmaster.pid" # of one that was killed: nothing is alive here, and its port is free
	launch "$1" INT "${as[@]}" "$bin/postgres" -D "$1/data" -p "$2" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
		"${secure[@]}" -c password_encryption=scram-sha-256 -c max_connections=300 -c shared_buffers=64MB
	ready "$1" 30 "$bin/pg_isready" -q -h 127.0.0.1 -p "$2"
}

# postgres_create DIR: a cluster that asks everybody for a password.
postgres_create() {
	local as bin password template
	bin=$(postgres_bin) template=$(postgres_template)
	password=$(cat "$1/secure/password" 2>/dev/null || od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	rm -rf "$1/new"
	cp -r "$template/data" "$1/new"
	chmod 700 "$1/new"
	postgres_as "$1"
	echo "ALTER ROLE postgres PASSWORD '$password'" | "${as[@]}" "$bin/postgres" --single -D "$1/new" postgres >"$1/create.log" 2>&1
	sed -i 's/trust$/scram-sha-256/' "$1/new/pg_hba.conf"
	(umask 077 && echo "$password" >"$1/password")
	mv "$1/new" "$1/data"
}
