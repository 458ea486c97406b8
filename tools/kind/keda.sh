# shellcheck shell=bash
# KEDA's operator and metrics server in a cluster, built once from its Go module; without its webhooks.
keda_version=2.20.2

kind_keda() { # NAME
	once keda "$(stamp "$here/kind/keda.sh")" keda_build
	cluster_load "$1" "$kind/keda.tar" "$kind/keda-adapter.tar"
	in_cluster "$1" kubectl apply --server-side -f "$kind/keda.yaml" >/dev/null
	local deployment
	for deployment in keda-operator keda-metrics-apiserver; do
		in_cluster "$1" kubectl -n keda rollout status "deployment/$deployment" --timeout=120s >/dev/null
	done
	in_cluster "$1" kubectl wait --for=condition=Available apiservice/v1beta1.external.metrics.k8s.io --timeout=60s >/dev/null
}

keda_build() {
	local source=$kind/keda.source module
	rm -rf "$source"
	cd "$kind" # outside of every module
	module=$(GOWORK=off go mod download -json "github.com/kedacore/keda/v2@v$keda_version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
	cp -r --no-preserve=mode "$module" "$source"
	CGO_ENABLED=0 GOWORK=off GOFLAGS='' nice -n 10 go -C "$source" build -trimpath \
		-ldflags "-s -w -X github.com/kedacore/keda/v2/version.Version=$keda_version" -o "$kind/bin/" ./cmd/operator ./cmd/adapter
	mv "$kind/bin/operator" "$kind/bin/keda"
	mv "$kind/bin/adapter" "$kind/bin/keda-adapter"
	pack ghcr.io/kedacore/keda:main "$kind/bin/keda" >keda.tar
	pack ghcr.io/kedacore/keda-metrics-apiserver:main "$kind/bin/keda-adapter" >keda-adapter.tar
	cd "$source/config"
	sed -i 's/imagePullPolicy: Always/imagePullPolicy: IfNotPresent/; s/initialDelaySeconds: .*/initialDelaySeconds: 2/; s/cpu: 100m/cpu: 20m/' \
		manager/manager.yaml metrics-server/deployment.yaml
	sed -i '/webhooks/d' default/kustomization.yaml
	# Its images keep the programs at the root, ours where pack puts them.
	kubectl kustomize default | sed 's|^\( *- \)/keda\(-adapter\)\?$|\1/usr/local/bin/keda\2|' >"$kind/keda.yaml"
	rm -rf "$source"
}
