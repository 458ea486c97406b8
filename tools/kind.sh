#!/usr/bin/env bash
# Kubernetes on this machine, for development and tests, without a registry of images: kind, with a node image of our own.
# Its network (kind/netd) enforces NetworkPolicies. As root, on Debian; all is kept in ${LINLI_KIND:-~/.cache/linli-kind}.
#   kind.sh install                   what is missing, once: 6 to 15 minutes on two cores
#   kind.sh up NAME [NODES]           a cluster of one node, or of more; one that runs is kept as it is. PORTS="8080:30080 …"
#                                     opens 127.0.0.1:8080 to the NodePort 30080
#   kind.sh load NAME IMAGE…          archives of make images, or images of the engine, into every node
#   kind.sh parts NAME                PostgreSQL, Kafka, Redis, Consul and Jaeger in namespace parts
#   kind.sh keda NAME                 KEDA, built once: 4 minutes
#   kind.sh run NAME COMMAND…         kubectl, or whatever reads KUBECONFIG, on a cluster
#   kind.sh down NAME | stop          a cluster; the engine with all clusters
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for script in parts/lib parts/kafka parts/consul parts/jaeger kind/lib kind/engine kind/install kind/cluster kind/parts kind/keda; do
	# shellcheck source=/dev/null
	source "$here/$script.sh"
done

case "${1:-} $#" in
"install 1") kind_install ;;
"up 2" | "up 3") cluster_up "${@:2}" ;;
"load "[3-9] | "load "[1-9][0-9]) cluster_load "${@:2}" ;;
"parts 2") kind_parts "$2" ;;
"keda 2") kind_keda "$2" ;;
"run "[3-9] | "run "[1-9][0-9]) in_cluster "${@:2}" ;;
"down 2") cluster_down "$2" ;;
"stop 1") engine_stop ;;
*)
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
