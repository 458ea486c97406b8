# shellcheck shell=bash
# A cluster of kind: up, images into it, down.

cluster_up() { # NAME [NODES]
	local name=$1 count=${2:-1}
	engine_start
	docker image inspect "$node_image" >/dev/null 2>&1 || fail "there is no image of a node: kind.sh install"
	fence
	if [[ -z $(nodes "$name") ]]; then
		say "kind: starting cluster $name"
		cluster_config "$count" >"$kind/$name.yaml"
		kind delete cluster -q --name "$name" --kubeconfig "$kind/$name.kubeconfig" || true # what a stopped engine left
		kind create cluster --name "$name" --config "$kind/$name.yaml" --kubeconfig "$kind/$name.kubeconfig" >"$kind/log/up-$name.log" 2>&1 || {
			tail -n 30 "$kind/log/up-$name.log" >&2
			fail "no cluster: see $kind/log/up-$name.log"
		}
		weigh
		keep_names "$name"
	fi
	in_cluster "$name" kubectl wait --for=condition=Ready nodes --all --timeout=90s >/dev/null
	in_cluster "$name" kubectl -n kube-system rollout status deployment/coredns --timeout=90s >/dev/null
}

# weigh: a cluster is dozens of processes. In control groups of the first version all of them get the time of one beside those
# in no group, and starve while something is built.
weigh() {
	local shares=/sys/fs/cgroup/cpu/docker/cpu.shares
	[[ ! -w $shares ]] || echo 16384 >"$shares"
}

# keep_names: a name that is not the cluster's is nobody's. It would be asked of a server behind the fence, by everybody whose
# search list ends there, and answered after seconds of silence.
keep_names() {
	local nobodys='.:53 {\n template ANY ANY . {\n  rcode NXDOMAIN\n }\n}\n' own='cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {'
	in_cluster "$1" kubectl -n kube-system get configmap coredns -o 'jsonpath={.data.Corefile}' |
		sed "/forward/,/}/d; s/^\.:53 {/$nobodys$own/" >"$kind/$1.Corefile"
	in_cluster "$1" kubectl -n kube-system create configmap coredns --from-file=Corefile="$kind/$1.Corefile" --dry-run=client -o yaml |
		in_cluster "$1" kubectl replace -f - >/dev/null
	in_cluster "$1" kubectl -n kube-system rollout restart deployment/coredns >/dev/null
}

# fence: nothing of a cluster leaves this machine. What is sent to a Service before kube-proxy knows it would, and where
# some gateway answers for every address, that connection would be kept and used.
fence() {
	local bridge rule
	docker network inspect kind >/dev/null 2>&1 || docker network create kind >/dev/null
	bridge=br-$(docker network inspect kind -f '{{slice .Id 0 12}}')
	rule=(DOCKER-USER -i "$bridge" ! -o "$bridge")
	iptables -C "${rule[@]}" -j REJECT 2>/dev/null || iptables -I "${rule[@]}" -j REJECT
	rule+=(-p tcp)
	iptables -C "${rule[@]}" -j REJECT --reject-with tcp-reset 2>/dev/null || iptables -I "${rule[@]}" -j REJECT --reject-with tcp-reset
}

# cluster_config NODES: PORTS="8080:30080 …" opens 127.0.0.1:8080 to the port 30080 of every node.
cluster_config() {
	local pair i
	cat <<-EOF
		kind: Cluster
		apiVersion: kind.x-k8s.io/v1alpha4
		networking: {kubeProxyMode: nftables}
		kubeadmConfigPatches:
		- |
		  kind: KubeletConfiguration
		  failCgroupV1: false
		  cgroupDriver: cgroupfs
		- |
		  kind: KubeProxyConfiguration
		  nftables: {minSyncPeriod: 100ms}
		- |
		  kind: ClusterConfiguration
		  imageRepository: localhost
		  etcd: {local: {imageTag: 3.6.5, extraArgs: {unsafe-no-fsync: "true"}}}
		  dns: {imageTag: v1.14.3}
		  controllerManager: {extraArgs: {horizontal-pod-autoscaler-sync-period: 5s}}
		nodes:
		- role: control-plane
		  image: $node_image
		  extraPortMappings:
	EOF
	for pair in ${PORTS:-}; do
		echo "  - {hostPort: ${pair%:*}, containerPort: ${pair#*:}, listenAddress: 127.0.0.1}"
	done
	for ((i = 1; i < $1; i++)); do echo "- {role: worker, image: $node_image}"; done
}

# cluster_load NAME IMAGE…: an archive NAME.tar, or an image of the engine. Pods must not ask for it to be pulled always.
cluster_load() {
	local name=$1 image node
	shift
	[[ -n $(nodes "$name") ]] || fail "there is no cluster $name"
	for image; do
		for node in $(nodes "$name"); do
			if [[ $image == *.tar ]]; then cat "$image"; else docker save "$image"; fi |
				docker exec -i "$node" ctr -n k8s.io images import --digests --snapshotter=overlayfs - >/dev/null || fail "cannot load $image"
		done
	done
}

cluster_down() { # NAME
	! engine_answers || kind delete cluster -q --name "$1" --kubeconfig "$kind/$1.kubeconfig"
	rm -f "$kind/$1".{kubeconfig,yaml,Corefile}
}
