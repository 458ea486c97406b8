# shellcheck shell=bash
# One Consul server, built from its Go module (Debian has none): HTTP on PORT, its own traffic on PORT+1 and PORT+2. Started
# again on the same folder, it knows services and keys.
consul_build=consul-1.15.4

consul_binary() { built $consul_build github.com/hashicorp/consul; }
consul_install() { consul_binary >/dev/null; }

consul_start() { # DIR PORT
	unused "$2" $(($2 + 1)) $(($2 + 2))
	cat >"$1/consul.hcl" <<-EOF
		server               = true
		bootstrap_expect     = 1
		node_name            = "linli"
		data_dir             = "$1/data"
		bind_addr            = "127.0.0.1"
		client_addr          = "127.0.0.1"
		log_level            = "warn"
		leave_on_terminate   = false
		disable_update_check = true
		connect     { enabled = false }
		performance { raft_multiplier = 1 }
		ports {
		  http     = $2
		  serf_lan = $(($2 + 1))
		  server   = $(($2 + 2))
		  serf_wan = -1
		  dns      = -1
		  grpc     = -1
		  grpc_tls = -1
		}
	EOF
	launch "$1" TERM "$(consul_binary)" agent -config-file "$1/consul.hcl"
	ready "$1" 40 consul_leads "$2"
}

# consul_leads PORT: it has elected itself, and answers so.
consul_leads() { curl -fsS -m 2 "http://127.0.0.1:$1/v1/catalog/service/consul?consistent" | grep -q linli; }
