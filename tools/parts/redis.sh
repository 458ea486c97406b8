# shellcheck shell=bash
# Debian's Redis with its append-only file: started again on the same folder, it knows what it knew.
redis_install() { command -v redis-server >/dev/null || debian redis-server; }

redis_start() { # DIR PORT
	local listen=(--port "$2")
	unused "$2"
	[[ ! -e $1/secure ]] || {
		(umask 077 && echo "requirepass $(cat "$1/secure/password")" >"$1/redis.conf")
		listen=("$1/redis.conf" --port 0 --tls-port "$2" --tls-auth-clients no --tls-ca-cert-file "$1/secure/ca.pem"
			--tls-cert-file "$1/secure/cert.pem" --tls-key-file "$1/secure/key.pem")
	}
	launch "$1" TERM redis-server "${listen[@]}" --bind 127.0.0.1 --dir "$1" --save '' --appendonly yes --appendfsync everysec
	ready "$1" 20 redis_pongs "$1" "$2"
}

redis_pongs() { # DIR PORT
	local how=(-p "$2")
	[[ ! -e $1/secure ]] || how=(-h localhost -p "$2" --tls --cacert "$1/secure/ca.pem")
	[[ $(REDISCLI_AUTH=$(cat "$1/secure/password" 2>/dev/null) redis-cli "${how[@]}" ping) == PONG ]]
}
