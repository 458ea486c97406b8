#!/usr/bin/env bash
# The platform as a company has it on Kubernetes: a release of charts/linli in a cluster of kind.sh, on the servers of its
# namespace parts. Namespace and release are named like the company; its keys, URLs and one-time codes are in DIR.
#   release.sh images CLUSTER                        builds the images, brings them to the nodes, and packs the chart
#   release.sh later CLUSTER                         the same of a version with one more migration of tickets, and tells its tag
#   release.sh up CLUSTER COMPANY DIR [ARGUMENT…]    namespace, secrets and release; ARGUMENT… goes to helm. Returns when all
#                                                    is ready
#   release.sh down CLUSTER COMPANY DIR
#   release.sh helm CLUSTER ARGUMENT…                helm on the cluster
#   release.sh address CLUSTER PORT                  where 127.0.0.1 leads to the NodePort
#   release.sh disks|hosts CLUSTER                   the folder /var, the address of each node
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
source "$here/parts/lib.sh"
source "$here/kind/lib.sh"
source "$here/kind/cluster.sh"

kubectl() { in_cluster "$cluster" "$kind/bin/kubectl" "$@"; }
helm() { in_cluster "$cluster" "$here/helm.sh" "$@"; }
nodes_know() { docker exec "$(nodes "$cluster" | head -n 1)" ctr -n k8s.io images ls -q | grep -q "$1"; }

# images: the tag is what the binaries hold, so that what has not changed is not started anew.
images() {
	local tag
	[[ -n $(nodes "$cluster") ]] || fail "there is no cluster $cluster"
	make -C "$root" --silent build
	tag=$(cd "$root/bin" && cat linli identity residents hr tickets dispatch notify gateway | sha256sum | cut -c1-12)
	if ! nodes_know "linli/gateway:$tag"; then
		make -C "$root" --silent images VERSION="$tag" >/dev/null
		cluster_load "$cluster" "$root"/bin/images/*.tar
	fi
	mkdir -p "$kind/charts/$cluster"
	"$here/helm.sh" package "$root/charts/linli" --destination "$kind/charts/$cluster" >/dev/null 2>"$kind/log/package.log" || {
		cat "$kind/log/package.log" >&2
		fail "cannot pack the chart"
	}
	echo "$tag" >"$kind/charts/$cluster/tag"
}

# later: a version as it might come, with a column that today's does not know of; the source tree stays as it is.
later() {
	local folder=$kind/charts/$cluster/later tag package
	mkdir -p "$folder/bin"
	printf -- '-- +goose Up\nALTER TABLE tickets_ticket ADD COLUMN later TEXT NOT NULL DEFAULT '"''"';\n' >"$folder/9000_later.sql"
	printf '{"Replace": {"%s": "%s"}}' "$root/services/tickets/migrations/9000_later.sql" "$folder/9000_later.sql" >"$folder/overlay.json"
	for package in allinone:linli tickets/cmd/tickets:tickets; do
		CGO_ENABLED=0 GOWORK=off go -C "$root" build -overlay "$folder/overlay.json" -trimpath -ldflags '-s -w' \
			-o "$folder/bin/${package#*:}" "./services/${package%:*}"
	done
	for package in identity residents hr dispatch notify gateway; do cp "$root/bin/$package" "$folder/bin/"; done
	tag=$(cd "$folder/bin" && cat -- * | sha256sum | cut -c1-12)
	if ! nodes_know "linli/gateway:$tag"; then
		GOWORK=off go -C "$here" run ./cmd/images -binaries "$folder/bin" -out "$folder/images" -version "$tag" >/dev/null
		cluster_load "$cluster" "$folder"/images/*.tar
	fi
	echo "$tag"
}

# keys: of the company, made once.
keys() {
	local key
	mkdir -p "$dir/secrets"
	for key in admin-password personal-data; do
		[[ -s $dir/secrets/$key ]] || (umask 077 && od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$dir/secrets/$key")
	done
	LINLI_ADMIN_DATABASE='postgres://postgres:linli@postgres.parts.svc:5432/postgres?sslmode=disable' \
		"$root/bin/linli" prepare urls --company "$company" --out "$dir/databases"
}

# secret NAME FOLDER: as the files in the folder say.
secret() {
	kubectl -n "$company" create secret generic "$1" --from-file="$2" --dry-run=client -o yaml | kubectl apply -f - >/dev/null
}

up() {
	keys
	[[ $(kubectl get namespace "$company" --ignore-not-found -o 'jsonpath={.status.phase}') != Terminating ]] ||
		kubectl wait --for=delete "namespace/$company" --timeout=90s >/dev/null
	kubectl create namespace "$company" --dry-run=client -o yaml | kubectl apply -f - >/dev/null
	kubectl label --overwrite namespace "$company" pod-security.kubernetes.io/enforce=restricted >/dev/null
	secret linli-keys "$dir/secrets"
	secret linli-databases "$dir/databases"
	helm upgrade --install "$company" "$kind/charts/$cluster"/linli-*.tgz -n "$company" --values "$root/charts/linli/dev-values.yaml" \
		--set global.company="$company" --set-string global.image.tag="$(cat "$kind/charts/$cluster/tag")" \
		--wait --timeout 180s "$@" >"$dir/helm.log" || {
		cat "$dir/helm.log" >&2
		kubectl -n "$company" get pods >&2
		fail "no release: see $dir/helm.log"
	}
	follow
}

# follow: one-time codes are in a file of each pod of identity, which is followed into DIR/otp.log; anew, for an upgrade
# brings other pods; until the cluster ends, for nobody may be there to say so.
follow() {
	local disk pod files=() cluster_pid
	for pod in $(kubectl -n "$company" get pods --selector app.kubernetes.io/name=identity -o 'jsonpath={.items[*].metadata.uid}'); do
		for disk in $(disks "$cluster"); do
			disk+=/lib/kubelet/pods/$pod/volumes/kubernetes.io~empty-dir/data/otp.log
			[[ ! -e $disk ]] || files+=("$disk")
		done
	done
	((${#files[@]})) || fail "identity writes no one-time codes"
	mkdir -p "$dir/codes"
	ln -sfn codes/log "$dir/otp.log"
	halt "$dir/codes"
	rm -f "$dir/codes/log"
	cluster_pid=$(nodes "$cluster" | head -n 1 | xargs docker inspect -f '{{.State.Pid}}')
	launch "$dir/codes" TERM tail --quiet --lines +1 --follow --pid "$cluster_pid" "${files[@]}"
}

down() {
	halt "$dir/codes"
	! kubectl get namespace "$company" >/dev/null 2>&1 || {
		helm uninstall "$company" -n "$company" --ignore-not-found >/dev/null
		kubectl delete namespace "$company" --wait=false >/dev/null
	}
}

address() { docker port "$(docker ps -q --filter "label=io.x-k8s.kind.cluster=$cluster" --filter label=io.x-k8s.kind.role=control-plane)" "$1/tcp"; }

(($# >= 2)) || {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}
cluster=$2 company=${3:-}
case $1 in
images | later) "$1" ;;
up | down)
	dir=$(folder "$4")
	"$1" "${@:5}"
	;;
helm) helm "${@:3}" ;;
address) address "$3" ;;
disks | hosts) "$1" "$cluster" ;;
*) fail "unknown command $1" ;;
esac
