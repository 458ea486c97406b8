# shellcheck shell=bash
# What the commands of kind.sh share: where things are kept, the pins, and how a step is done once. Sourced by kind.sh and
# release.sh, after tools/parts/lib.sh.
kind=${LINLI_KIND:-${XDG_CACHE_HOME:-$HOME/.cache}/linli-kind}
kubernetes=1.35.4 # as in go.mod. 1.36 refuses machines whose control groups are of the first version
node_image=linli/node:v$kubernetes
parts_image=localhost/parts:1
mkdir -p "$kind/bin" "$kind/log" "$kind/done"
kind=$(cd "$kind" && pwd -P)
PATH=$kind/bin:$PATH
export DOCKER_HOST=${DOCKER_HOST:-unix:///var/run/docker.sock}

# once NAME STAMP COMMAND…: runs a command unless it succeeded before with the same stamp; tells what takes long. One at a
# time: test runs may install side by side.
once() {
	local name=$1 stamp=$2 begin=$SECONDS
	shift 2
	(
		exec 9>"$kind/.$name.lock"
		flock 9
		[[ $(cat "$kind/done/$name" 2>/dev/null) != "$stamp" ]] || exit 0
		say "kind: $name"
		("$@") >"$kind/log/$name.log" 2>&1 9>&- || {
			tail -n 20 "$kind/log/$name.log" >&2
			fail "$name failed: see $kind/log/$name.log"
		}
		echo "$stamp" >"$kind/done/$name"
		say "kind: $name took $((SECONDS - begin)) s"
	)
}

# stamp FILE…: what the files hold.
stamp() { cat "$@" | sha256sum | cut -c1-16; }

# nodes NAME: the nodes of a cluster, which are containers.
nodes() { docker ps -q --filter "label=io.x-k8s.kind.cluster=$1"; }

# disks NAME: where the folder /var of each node is on this machine. hosts NAME: where each node is reached from it.
disks() { nodes "$1" | xargs docker inspect -f '{{range .Mounts}}{{if eq .Destination "/var"}}{{.Source}}{{end}}{{end}}'; }
hosts() { nodes "$1" | xargs docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'; }

# in_cluster NAME COMMAND…: kubectl or helm on a cluster.
in_cluster() { KUBECONFIG=$kind/$1.kubeconfig "${@:2}"; }
