# shellcheck shell=bash
# Debian's Redis with its append-only file: started again on the same folder, it knows what it knew.
redis_install() { command -v redis-server >/dev/null || debian redis-server; }

redis_start() { # DIR PORT
	unused "$2"
	launch "$1" TERM redis-server --bind 127.0.0.1 --port "$2" --dir "$1" --save '' --appendonly yes --appendfsync everysec
	ready "$1" 20 redis_pongs "$2"
}

redis_pongs() { [[ $(redis-cli -p "$1" ping) == PONG ]]; }
