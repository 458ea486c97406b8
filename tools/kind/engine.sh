# shellcheck shell=bash
# A container engine, if none answers: Debian's, with all that it keeps in the cache folder.
engine_start() {
	! engine_answers || return 0
	(
		alone engine
		! engine_answers || exit 0
		mkdir -p "$kind/engine"
		# runcwrap: a node asks for rights that a machine which is itself a container may lack.
		launch "$kind/engine" TERM dockerd --host "$DOCKER_HOST" --data-root "$kind/engine/data" --exec-root /run/linli-kind \
			--pidfile "$kind/engine/dockerd.pid" --add-runtime "wrap=$kind/bin/runcwrap" --default-runtime wrap --log-level warn
		ready "$kind/engine" 60 engine_answers
	)
}

engine_answers() { docker info >/dev/null 2>&1; }

# engine_stop: its clusters stop too; they are made anew by the next up.
engine_stop() { halt "$kind/engine"; }
