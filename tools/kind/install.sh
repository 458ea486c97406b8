# shellcheck shell=bash
# What a cluster needs, from Debian's packages and Go modules alone, once per version: an engine, kind, kubectl, and the
# image of a node with Kubernetes in it.
here_kind=$here/kind

kind_install() {
	[[ $(id -u) == 0 ]] || fail "must be run as root: it installs packages and makes nodes"
	local package pids=()
	for package in docker.io:dockerd containerd:containerd runc:runc nftables:nft iptables:iptables iproute2:ip debootstrap:debootstrap; do
		command -v "${package#*:}" >/dev/null || debian "${package%:*}"
	done
	once base "$(declare -f base | stamp)" base & # the network's time, while the next takes the processor's
	pids+=($!)
	once programs "$(find "$here_kind" -name '*.go' -o -name 'go.*' | sort | xargs cat | stamp)-$(go env GOVERSION)" programs &
	pids+=($!)
	all_of "${pids[@]}"
	engine_start
	docker image inspect "$node_image" >/dev/null 2>&1 || rm -f "$kind/done/node"
	once node "$(stamp "$here_kind"/node/* "$kind/done/programs" "$kind/done/base")" "$here_kind/node/build.sh"
}

# all_of PID…: waits for each, and fails if one did.
all_of() {
	local pid status=0
	for pid; do wait "$pid" || status=1; done
	((status == 0)) || fail "not everything was made"
}

# programs: one build for all, so that what they share is compiled once.
programs() {
	local package flags="-s -w"
	for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do # kubeadm and kubectl compare versions
		flags+=" -X $package.gitVersion=v$kubernetes -X $package.gitMajor=1 -X $package.gitMinor=${kubernetes:2:2}"
		flags+=" -X $package.gitTreeState=clean -X $package.gitCommit=0000000 -X $package.buildDate=2026-01-01T00:00:00Z"
	done
	CGO_ENABLED=0 GOWORK=off GOFLAGS='' nice -n 10 go -C "$here_kind" build -trimpath -ldflags "$flags" -o "$kind/bin/" \
		tool ./coredns ./netd ./pause ./runcwrap
	mv "$kind/bin/server" "$kind/bin/etcd"
	CGO_ENABLED=0 GOWORK=off go -C "$here" build -trimpath -o "$kind/bin/pack" ./cmd/pack
}

# base: the Debian of nodes and of the servers.
base() {
	rm -rf "$kind/base"
	debootstrap --variant=minbase --include=ca-certificates,$(IFS=, && echo "${base_packages[*]}") bookworm "$kind/base"
	rm -rf "$kind"/base/{var/cache/apt/archives/*.deb,var/lib/apt/lists/*,usr/share/{doc,man,locale,info}/*}
}
base_packages=(
	systemd systemd-sysv dbus containerd runc iptables nftables iproute2 conntrack kmod procps ethtool socat jq hostname curl
	containernetworking-plugins
)
