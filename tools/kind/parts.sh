# shellcheck shell=bash
# Real PostgreSQL, Kafka, Redis, Consul and Jaeger as pods of namespace parts. One image serves for all, made once: each
# program lies where its official image has it.

kind_parts() { # NAME
	"$here/parts.sh" install kafka consul jaeger
	docker image inspect "$parts_image" >/dev/null 2>&1 || rm -f "$kind/done/parts"
	once parts "$(stamp "$here/kind/parts.sh" "$kind/done/base")" parts_build
	if [[ $(in_cluster "$1" kubectl get namespace parts -o name 2>/dev/null) == '' ]]; then
		say "kind: loading the servers"
		cluster_load "$1" "$parts_image"
	fi
	sed "s#^\( *image:\).*#\1 $parts_image#" "$here/kind/parts.yaml" | in_cluster "$1" kubectl apply -f - >/dev/null
	in_cluster "$1" kubectl -n parts create configmap jaeger --from-file="$here/parts/jaeger/config.yaml" --dry-run=client -o yaml |
		in_cluster "$1" kubectl apply -f - >/dev/null
	local server
	for server in postgres kafka redis consul jaeger; do
		in_cluster "$1" kubectl -n parts rollout status "statefulset/$server" --timeout=120s >/dev/null
	done
}

parts_build() {
	local root=$kind/parts run
	mountpoint -q "$root/proc" && umount "$root/proc"
	rm -rf "$root"
	cp -a "$kind/base" "$root"
	cp -a /etc/apt/. "$root/etc/apt/"
	cp /etc/resolv.conf /etc/hosts "$root/etc/"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod +x "$root/usr/sbin/policy-rc.d"
	mkdir -p "$root/usr/share/man/man1"
	mount --bind /proc "$root/proc" # Java finds its own folder through it
	trap 'umount "$root/proc"' EXIT
	run=(env DEBIAN_FRONTEND=noninteractive chroot "$root")
	"${run[@]}" apt-get update -qq
	"${run[@]}" apt-get install -y -qq --no-install-recommends postgresql redis-server openjdk-17-jre-headless
	umount "$root/proc"
	trap - EXIT
	"${run[@]}" usermod -u 999 postgres
	"${run[@]}" useradd -u 1000 -M -d /opt/kafka kafka
	rm -rf "$root"/{var/cache/apt/archives/*.deb,var/lib/apt/lists/*,usr/share/{doc,man,locale,info}/*,etc/apt,usr/sbin/policy-rc.d}
	mkdir -p "$root"/opt/kafka/libs "$root"/cmd/jaeger
	cp "$(kafka_root)"/lib/*.jar "$root/opt/kafka/libs/"
	cp "$(consul_binary)" "$root/bin/consul"
	cp "$(jaeger_binary)" "$root/cmd/jaeger/jaeger-linux"
	tar -C "$root" -c . | docker import -c 'ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/usr/lib/postgresql/15/bin' - "$parts_image"
	rm -rf "$root"
}
