# shellcheck shell=bash
# Jaeger 2.13, built from its Go module (number 1.76): query API on PORT, OTLP over gRPC on PORT+1 and HTTP on PORT+2, query
# over gRPC on PORT+3, health on PORT+4. Traces live in memory. The module carries no built page: the JSON API is whole.
jaeger_build=jaeger-1.76.0

jaeger_binary() { built $jaeger_build github.com/jaegertracing/jaeger/cmd/jaeger; }
jaeger_install() { jaeger_binary >/dev/null; }

jaeger_start() { # DIR PORT
	unused "$2" $(($2 + 1)) $(($2 + 2)) $(($2 + 3)) $(($2 + 4))
	# It would send its own spans to itself.
	launch "$1" TERM env OTEL_TRACES_SAMPLER=always_off QUERY="127.0.0.1:$2" OTLP_GRPC="127.0.0.1:$(($2 + 1))" \
		OTLP_HTTP="127.0.0.1:$(($2 + 2))" QUERY_GRPC="127.0.0.1:$(($2 + 3))" HEALTH="127.0.0.1:$(($2 + 4))" \
		"$(jaeger_binary)" --config "$here/parts/jaeger/config.yaml"
	ready "$1" 30 answers "http://127.0.0.1:$(($2 + 4))/status"
	ready "$1" 30 answers "http://127.0.0.1:$2/api/services"
}
