#!/usr/bin/env bash
# Called by kind.sh install: the image of a node, which is Debian, kind's own files for it, Kubernetes, and the images of the
# cluster's own pods. One folder becomes one layer: to build it by an engine would copy everything three times.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$here/parts/lib.sh"
source "$here/kind/lib.sh"
root=$kind/node run=$(mktemp -d)

# files: kind's, fitted to Debian's containerd, to old control groups and to machines that may not lower an OOM score.
files() {
	local module
	module=$(cd "$here/kind" && GOFLAGS='' GOWORK=off go mod download -json sigs.k8s.io/kind | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
	cp -r --no-preserve=mode "$module/images/base/files/." "$root/"
	chmod 755 "$root"/usr/local/bin/* "$root"/kind/bin/*
	sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/; s/SystemdCgroup = true/SystemdCgroup = false/
		/base_runtime_spec/d; s#^\( *sandbox_image = \).*#\1"localhost/pause:3.10"#' "$root/etc/containerd/config.toml"
	sed -i 's#/usr/local/bin/containerd$#/usr/bin/containerd#' "$root/etc/systemd/system/containerd.service"
	install -m 755 "$kind"/bin/{kubeadm,kubectl,kubelet} "$root/usr/bin/"
	mkdir -p "$root"/{opt/cni/bin,etc/kubernetes/manifests,kind/manifests,etc/cni/net.d}
	cp "$root"/usr/lib/cni/* "$root/opt/cni/bin/"
	cp "$here/kind/node/cni.yaml" "$root/kind/manifests/default-cni.yaml"
	cp "$here/kind/node/storage.yaml" "$root/kind/manifests/default-storage.yaml"
	echo "v$kubernetes" >"$root/kind/version"
}

# units: only the services that a node needs, as in kind's own image.
units() {
	local units=$root/lib/systemd/system
	find "$units/sysinit.target.wants/" -name systemd-tmpfiles-setup.service -delete
	rm -f "$units"/{multi-user,local-fs,basic}.target.wants/* "$root"/etc/systemd/system/*.wants/* \
		"$units"/sockets.target.wants/*{udev,initctl}* "$units/containerd.service"
	echo ReadKMsg=no >>"$root/etc/systemd/journald.conf"
	systemctl --root="$root" enable kubelet.service containerd.service undo-mount-hacks.service
	systemctl --root="$root" mask systemd-binfmt.service
	: >"$root/etc/machine-id"
}

# images: of the cluster's own pods, put into the node's store by a containerd of this machine, which has the same version.
images() {
	local program
	printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' >"$run/config.toml"
	containerd --config "$run/config.toml" --root "$root/var/lib/containerd" --state "$run/state" --address "$run/sock" >"$run/log" 2>&1 &
	pid=$!
	trap 'kill $pid 2>/dev/null || true; wait $pid || true; rm -rf "$run"' EXIT
	for _ in {1..100}; do ctr -a "$run/sock" version >/dev/null 2>&1 && break || sleep 0.1; done
	for program in kube-apiserver kube-controller-manager kube-scheduler; do image "$program:v$kubernetes"; done
	for program in etcd:3.6.5 coredns:v1.14.3 pause:3.10; do image "$program"; done
	network_tools
	image "kube-proxy:v$kubernetes" "${nft[@]}"
	image netd:1 "${nft[@]}"
	kill $pid
	wait $pid || true
}

# image NAME:TAG FILE:TARGET…: of the program NAME, for root, as Kubernetes' own are.
image() {
	pack -user 0 "localhost/$1" "$kind/bin/${1%:*}" "${@:2}" | ctr -a "$run/sock" -n k8s.io images import --no-unpack -
}

# network_tools: sets the array nft, the files of the program by which kube-proxy and netd set rules.
network_tools() {
	local library
	nft=(/usr/sbin/nft:/usr/sbin/nft /lib64/ld-linux-x86-64.so.2:/lib64/ld-linux-x86-64.so.2)
	for library in $(ldd /usr/sbin/nft | awk '$3 ~ /^\// { print $3 }'); do
		nft+=("$library:/lib/x86_64-linux-gnu/$(basename "$library")")
	done
}

rm -rf "$root"
cp -a "$kind/base" "$root"
files
units
images
former=$(docker image inspect -f '{{.Id}}' "$node_image" 2>/dev/null || true)
tar -C "$root" -c . | docker import -c 'ENV container=docker' -c 'ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"]' - "$node_image"
rm -rf "$root"
[[ -z $former ]] || docker rmi "$former" || true # clusters may use it still
