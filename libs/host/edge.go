package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/go-jose/go-jose/v4"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/telemetry/traceview"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
)

// openVerifier checks tokens with the keys that identity publishes.
func (p *Process) openVerifier(context.Context) error {
	conn := p.directory.Dial("identity", op.Config{
		Service: "host", Log: p.Telemetry.Log, Tracer: p.Telemetry.For("host").Tracer("linli/host"), Metrics: p.metrics,
	})
	keys := identityv1.NewKeysClient(conn)
	p.verifier = authz.NewVerifier(p.Config.Company, func(ctx context.Context) (*jose.JSONWebKeySet, error) {
		answer, err := keys.List(ctx, &identityv1.ListKeysRequest{})
		if err != nil {
			return nil, err
		}
		set := &jose.JSONWebKeySet{}
		if err := json.Unmarshal([]byte(answer.GetJwks()), set); err != nil {
			return nil, fmt.Errorf("read key set: %w", err)
		}
		return set, nil
	})
	return nil
}

func (p *Process) openWriter(context.Context) error {
	writer, err := bus.NewWriter(bus.Config{
		Brokers: p.Config.Brokers, Company: p.Config.Company, Dial: p.access.brokers.Dial, Login: p.access.brokers.Login, Log: p.Telemetry.Log,
		Tracer: p.Telemetry.For("bus").Tracer("linli/bus"), Registry: p.Telemetry.Registry,
	})
	if err != nil {
		return fmt.Errorf("open bus: %w", err)
	}
	p.writer = writer
	p.onClose("bus writer", writer.Close)
	return nil
}

func (p *Process) busConfig(e *Env) bus.Config {
	return bus.Config{
		Brokers: p.Config.Brokers, Company: p.Config.Company, Instance: p.Config.Instance,
		Dial: p.access.brokers.Dial, Login: p.access.brokers.Login,
		Log: e.Log, Tracer: e.tracer, Registry: p.Telemetry.Registry,
	}
}

// openTopics makes every topic before any reader starts: a reader that is earlier than its topic may get nothing.
func (p *Process) openTopics(ctx context.Context) error {
	return bus.EnsureTopics(ctx, p.busConfig(&Env{Log: p.Telemetry.Log}), p.groups)
}

// openEdge binds the addresses. They serve last, when all else is ready.
func (p *Process) openEdge(ctx context.Context) (err error) {
	p.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	p.mux.HandleFunc("GET /readyz", p.readyz)
	p.mux.Handle("GET /metrics", p.Telemetry.MetricsHandler())
	if ring := p.Telemetry.Ring(); ring != nil {
		p.mux.Handle("GET /ops/traces", traceview.Handler(ring))
	}
	if p.listener, err = p.listen(ctx, p.Config.HTTP); err != nil {
		return err
	}
	p.runner.add(stageEdge, "http", serveHTTP(p.listener, p.parting(p.mux), p.hangUp))
	return p.openRemote(ctx)
}

// listen binds an address now, so that a taken port is told before anything starts, and frees it whatever becomes of the
// start.
func (p *Process) listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	p.onClose("listener", func() error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) { // its server has closed it, if it ever served
			return err
		}
		return nil
	})
	return l, nil
}

// readyz answers 200 from the moment every unit is ready until the process begins to stop.
func (p *Process) readyz(w http.ResponseWriter, _ *http.Request) {
	if !p.ready.Load() {
		http.Error(w, "starting or stopping", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// parting asks who still comes while the process drains to come over a new connection, which a balancer opens elsewhere. What
// is kept open until the end is cut in the middle of the next request.
func (p *Process) parting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.ready.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
