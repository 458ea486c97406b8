# Every module is built by its own go.mod, so that what is tested is what the module says.
export GOWORK := off

HTTP     ?= 127.0.0.1:8080
DATA     ?= data
ARGS     ?=
BASE     ?= HEAD~1
FUZZTIME ?= 20s
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
EVENTS   ?= 1000000
SEEDS    ?= 11,12,13,14
RATES    ?= 70,85,110
DAY      ?= services/allinone/replay/testdata/service-requests-2025-03-24.csv

POLICIES := ours,greedy,fcfs,hindsight,hindsight-ortools,hindsight-pyvrp,hindsight-vroom,bound,ours-lookahead,ours-price,ours-postpone,ours-ahead,ours-ageing,ours-posts,ours-preemption
MINUTES  ?= 10
TICKETS  ?= 10
READS    ?= 40
SEED     ?=
ROW      ?=
# First of the ports of 127.0.0.1 that lead to the cluster of the journeys.
KINDBASE ?= 18080
NODES    ?= 1

MODULES   := tools e2e .
# Only benchmarks: the programs of others that ours are measured against stay out of the other modules.
PEERS     := e2e/bench/peers
# Journeys run each time (-count=1): they start programs that go test does not see when it looks for a result it has already.
# Those that ask something of one process; they need not run again in split mode.
ONE_PROCESS := ^TestKilledAtAnyMoment
# And those that need several.
MANY_PROCESSES := ^(TestNothingIsLostWhile|TestPoisonIsSetAside)
# And the one that check-api is for.
CONTRACT := ^TestEveryAnswerIsInTheDocument
# Those that ask something of a release.
RELEASE := ^(TestARelease|TestTwoCompanies|TestNothingFailsWhile|TestNothingIsLostWhen|TestDispatchGrows|TestANodeIs|TestTheRealDay)
# Those that end a process by their own hand, or are the one above, are not for pods.
NOT_IN_PODS := $(ONE_PROCESS)|$(MANY_PROCESSES)|$(CONTRACT)$(if $(filter 1,$(NODES)),|^TestANodeIs)

GENERATED := proto/gen proto/golden services/gateway/openapi/openapi.json docs/permissions.md web/src/lib/api/schema.d.ts web/dist
TOOLBIN   := $(CURDIR)/bin/tools
BUF       := $(CURDIR)/tools/buf.sh
GOBUILD   := CGO_ENABLED=0 go build -trimpath -ldflags '-s -w'

.PHONY: help up up-split down up-kind down-kind e2e-kind parts peers build test test-split lint fix gen gen-proto gen-openapi gen-golden gen-web check-fresh check-breaking check-api check-web check-tidy charts images tidy fuzz bench bench-peers bench-dispatch soak soak-events soak-embedded pictures clean
.DEFAULT_GOAL := help

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

up: bin/linli ## the whole platform in one process with a demo community: HTTP=127.0.0.1:8080 DATA=data ARGS=
	bin/linli serve --data $(DATA) --http $(HTTP) --demo $(ARGS)

up-split: build ## the same as seven services in ten processes on real servers: HTTP= DATA= ARGS="--demo …"; returns when all is ready
	@tools/split.sh up $(DATA)/split --http $(HTTP) -- $(ARGS)

down: ## stop what up-split started
	@tools/split.sh down $(DATA)/split

up-kind: ## the same as a release on Kubernetes, from nothing: cluster, images, servers, community; as root; HTTP= DATA=
	@tools/kind.sh install
	@PORTS="$(lastword $(subst :, ,$(HTTP))):30080" tools/kind.sh up linli
	@tools/kind.sh parts linli
	@tools/release.sh images linli
	@tools/release.sh up linli demo $(DATA)/kind $(NODEPORT)
	@bin/linli demo --url http://$(HTTP) --company demo --data $(DATA)/kind --otlp jaeger.parts:4317
	@echo http://$(HTTP)

down-kind: ## remove the clusters of up-kind and e2e-kind, and stop their engine; what was built is kept
	@for cluster in linli e2e; do tools/kind.sh down $$cluster; done
	@tools/kind.sh stop

NODEPORT := --set gateway.expose.type=NodePort,gateway.expose.nodePort=30080

parts: ## install the real servers: Kafka, PostgreSQL, Redis, Consul, Jaeger, Prometheus
	@tools/parts.sh install

peers: ## install the solvers that dispatch is measured against: OR-tools, PyVRP, VROOM, HiGHS (Python; nothing else needs them)
	@tools/peers.sh install

.PHONY: bin/linli
bin/linli:
	$(GOBUILD) -o $@ ./services/allinone

build: bin/linli ## static binaries of linli and of each service, in bin/
	$(GOBUILD) -o bin/ ./services/*/cmd/*

test: ## all tests with the race detector, the journeys also on real servers if they are installed; RUN=regexp chooses
	@tools/peers.sh installed || echo "== BOUND AND TOURS NOT TESTED AGAINST AN EXACT PROGRAM: the peers are not installed; make peers =="
	@status=0; for module in $(MODULES); do \
		(cd $$module && go test -race -p 2 -timeout 30m $$([ $$module != e2e ] || echo -count=1) $(if $(RUN),-run '$(RUN)') -skip '$(MANY_PROCESSES)|$(CONTRACT)|$(RELEASE)' ./...) || status=1; \
	done; $(MAKE) --no-print-directory test-split || status=1; exit $$status

test-split: ## the journeys on split processes and real servers
	@tools/parts.sh installed || echo "== NOT TESTED ON REAL SERVERS: they are not installed; make parts =="
	cd e2e && LINLI_E2E_MODE=split go test -race -count=1 -timeout 30m $(if $(RUN),-run '$(RUN)') -skip '$(ONE_PROCESS)|$(CONTRACT)|$(RELEASE)' .

e2e-kind: ## the journeys on a release in a cluster; as root; RUN=regexp chooses; NODES=3 for the emptied node
	@tools/kind.sh install
	@PORTS="$(KINDBASE):30080 $$(($(KINDBASE) + 1)):30081 $$(($(KINDBASE) + 6)):30086" tools/kind.sh up e2e $(NODES)
	@tools/kind.sh parts e2e
	@tools/release.sh images e2e
	cd e2e && LINLI_E2E_MODE=cluster go test -count 1 -timeout 90m $(if $(RUN),-run '$(RUN)') -skip '$(NOT_IN_PODS)' .

lint: ## Go, protos, the OpenAPI document and compose.yaml
	@status=0; for module in $(MODULES) $(PEERS); do \
		(cd $$module && $(CURDIR)/tools/golangci-lint.sh run --allow-serial-runners --config $(CURDIR)/.golangci.yml ./...) || status=1; \
	done; exit $$status
	cd proto && $(BUF) lint && $(BUF) format --diff --exit-code --path linli
	tools/spectral.sh services/gateway/openapi/openapi.json
	tools/compose.sh --file compose.yaml config --quiet

charts: ## render the charts in each shape, lint them, and hold them against the code and what Kubernetes knows
	@tools/helm.sh version --short
	cd e2e && go test -count=1 ./charts

images: build ## OCI archives of linli and of each service, in bin/images; needs no engine: VERSION=
	go -C tools run ./cmd/images -binaries $(CURDIR)/bin -out $(CURDIR)/bin/images -version $(VERSION) -revision $(shell git rev-parse HEAD)

fix: ## format Go and protos, and fix what the linter can
	for module in $(MODULES) $(PEERS); do (cd $$module && $(CURDIR)/tools/golangci-lint.sh run --fix --config $(CURDIR)/.golangci.yml ./...); done
	cd proto && $(BUF) format --write --path linli

gen: gen-proto gen-openapi gen-golden gen-web ## all that follows from the protos and the pages

gen-proto: ## Go from the protos
	GOBIN=$(TOOLBIN) go -C tools install tool
	cd proto && PATH=$(TOOLBIN):$$PATH $(BUF) generate

gen-openapi: ## openapi.json and the permission matrix
	@mkdir -p bin
	cd proto && $(BUF) build -o $(CURDIR)/bin/proto.binpb
	go -C tools run ./cmd/openapi -image $(CURDIR)/bin/proto.binpb \
		-out $(CURDIR)/services/gateway/openapi/openapi.json -matrix $(CURDIR)/docs/permissions.md

gen-golden: ## a sample of each event that is new; never touches one that exists
	go test ./proto/golden -update

gen-web: web/node_modules/.package-lock.json ## the typed client and the built pages
	cd web && npm run --silent api && npm run --silent build

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund
	touch $@

check-fresh: ## fails when something generated is stale; it is then fresh in the work tree
	@mkdir -p bin && tools/digest.sh $(GENERATED) >bin/before
	@$(MAKE) --no-print-directory gen
	@tools/digest.sh $(GENERATED) | diff bin/before - || { echo "stale: run make gen and commit"; exit 1; }

check-breaking: ## fails when the protos break readers of BASE=HEAD~1
	cd proto && $(BUF) breaking --against "../.git#ref=$(BASE),subdir=proto"

check-api: ## fuzzes a running gateway with requests made from openapi.json: every answer must be in it; about a minute
	cd e2e && go test -count=1 -v -timeout 10m -run 'TestEveryAnswerIsInTheDocument' .

check-web: web/node_modules/.package-lock.json ## types and unit tests of the pages
	cd web && npm run --silent check && npm run --silent test

check-tidy: ## fails when a go.mod is not tidy
	@status=0; for module in $(MODULES) $(PEERS); do (cd $$module && go mod tidy -diff) || status=1; done; exit $$status

tidy: ## tidy each go.mod, the root first
	for module in . e2e tools $(PEERS) tools/lint tools/helm; do (cd $$module && go mod tidy); done

fuzz: ## each fuzz target for FUZZTIME=20s
	tools/fuzz.sh $(FUZZTIME)

bench: ## benchmarks: of packages, then of the whole in e2e/bench
	go test -run '^$$' -bench . -benchmem ./libs/... ./services/...
	cd e2e && go test -run '^$$' -bench . -benchmem -timeout 60m ./...

bench-peers: ## the outbox against River and watermill-sql, a hop against plain grpc-go, the gateway against haproxy and nginx
	cd $(PEERS) && go test -run '^$$' -bench . -benchtime 1x -timeout 30m .

soak: ## faults under load on split processes, for longer than in tests: ROW=regexp MINUTES=10 TICKETS=10 READS=40 SEED=
	cd e2e && LINLI_REQUIRE_PARTS=1 LINLI_SOAK_MINUTES=$(MINUTES) LINLI_SOAK_TICKETS=$(TICKETS) LINLI_SOAK_READS=$(READS) LINLI_SOAK_SEED=$(SEED) \
		go test -count 1 -v -timeout 120m -run 'TestNothingIsLostWhileAPartIsAway$(if $(ROW),/$(ROW))' .

soak-events: ## 100,000 events, one in five sent twice, to a consumer that is killed every 2 s: effects = events; EVENTS=
	LINLI_SOAK_EVENTS=$(if $(filter-out file default,$(origin EVENTS)),$(EVENTS),100000) go test -count 1 -v -timeout 60m -run TestEffectsOnce ./libs/outbox/

soak-embedded: ## a million events through outbox, embedded broker and inbox: memory, folder and rows stay flat; EVENTS=1000000
	LINLI_SOAK_EVENTS=$(EVENTS) go test -count 1 -v -timeout 60m -run TestAMillionEvents ./libs/outbox/

pictures: bin/linli e2e/browser/node_modules/.package-lock.json ## the pictures of the README, from a demo community at work
	node e2e/browser/pictures.mjs bin/linli docs/pictures

bench-dispatch: peers ## dispatch against simple policies, its own parts, hindsight by four solvers and a proven bound; half an hour. SEEDS= RATES=; bin/dispatch.json, bin/dispatch.svg
	@mkdir -p bin
	go -C tools build -o $(CURDIR)/bin/sim ./sim
	bin/sim run --rate $(RATES) --seeds $(SEEDS) --limit 12s --json bin/dispatch-days.json --policies $(POLICIES)
	bin/sim vary --seeds $(SEEDS) --json bin/dispatch-variants.json
	bin/sim snapshot --seeds $(SEEDS) --json bin/dispatch-moments.json
	bin/sim run --day $(DAY) --seeds $(SEEDS) --policies ours,greedy,fcfs,hindsight,hindsight-vroom,bound
	bin/sim chart --days bin/dispatch-days.json --variants bin/dispatch-variants.json --moments bin/dispatch-moments.json \
		--json bin/dispatch.json --svg bin/dispatch.svg

clean: ## what make built; never DATA
	rm -rf bin
