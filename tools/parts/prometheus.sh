# shellcheck shell=bash
# Debian's Prometheus. It scrapes the targets that DIR/targets.json names, which may change while it runs.
prometheus_install() { command -v prometheus >/dev/null || debian prometheus; }

prometheus_start() { # DIR PORT
	unused "$2"
	[[ -e $1/targets.json ]] || echo '[]' >"$1/targets.json"
	cat >"$1/prometheus.yml" <<-EOF
		global: {scrape_interval: 5s}
		scrape_configs:
		  - job_name: linli
		    file_sd_configs: [{files: ["$1/targets.json"], refresh_interval: 10s}]
	EOF
	promtool check config "$1/prometheus.yml" >/dev/null
	launch "$1" TERM prometheus --config.file="$1/prometheus.yml" --storage.tsdb.path="$1/data" --storage.tsdb.retention.time=2d \
		--web.listen-address="127.0.0.1:$2" --web.enable-lifecycle
	ready "$1" 30 answers "http://127.0.0.1:$2/-/ready"
}
