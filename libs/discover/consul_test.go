package discover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/linlihub/linli/libs/discover/consultest"
	"github.com/linlihub/linli/libs/op"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// eventually repeats check until it passes.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// replica is a process that serves identity, as far as callers can tell: it answers its own name.
type replica struct {
	identityv1.UnimplementedKeysServer

	name      string
	address   string
	server    *grpc.Server
	directory *Directory
	announced *Announcement
	calls     atomic.Int64
	broken    atomic.Bool
}

// List answers who serves.
func (r *replica) List(context.Context, *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	r.calls.Add(1)
	if r.broken.Load() {
		return nil, status.Error(codes.Unavailable, "out of order")
	}
	return &identityv1.ListKeysResponse{Jwks: r.name}, nil
}

func serve(t *testing.T, name string) *replica {
	t.Helper()
	return serveOn(t, name, listen(t))
}

func serveOn(t *testing.T, name string, l net.Listener) *replica {
	t.Helper()
	r := &replica{name: name, address: l.Addr().String(), server: grpc.NewServer()}
	identityv1.RegisterKeysServer(r.server, r)
	go r.server.Serve(l) //nolint:errcheck // it ends with the test
	t.Cleanup(r.server.Stop)
	return r
}

// announce registers the replica as a process of its own would.
func (r *replica) announce(t *testing.T, consul string) *replica {
	t.Helper()
	r.directory = open(t, Config{Consul: consul})
	var err error
	if r.announced, err = r.directory.Announce(r.name, Service{"identity", r.address, "grpc"}); err != nil {
		t.Fatal(err)
	}
	return r
}

// kill ends the replica without a word to Consul.
func (r *replica) kill(t *testing.T) {
	t.Helper()
	r.server.Stop()
	if err := r.directory.Close(); err != nil {
		t.Error(err)
	}
	r.announced.done.Wait()
}

func open(t *testing.T, cfg Config) *Directory {
	t.Helper()
	cfg.Company, cfg.Log = "demo", slog.New(slog.NewTextHandler(t.Output(), nil))
	d, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// caller asks which replica answers.
type caller struct{ keys identityv1.KeysClient }

func dial(d *Directory) caller {
	return caller{identityv1.NewKeysClient(d.Dial("identity", op.Config{
		Service: "test", Tracer: noop.NewTracerProvider().Tracer(""), Metrics: op.NewMetrics(prometheus.NewRegistry()),
	}))}
}

func (c caller) call(ctx context.Context) (string, error) {
	answer, err := c.keys.List(ctx, &identityv1.ListKeysRequest{})
	return answer.GetJwks(), err
}

// allAnswer waits until every one of the replicas has been met, and nobody else was.
func (c caller) allAnswer(t *testing.T, names ...string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%v to answer", names), func() error {
		met := map[string]bool{}
		for range 4 * len(names) {
			name, err := c.call(t.Context())
			if err != nil {
				return err
			}
			met[name] = true
		}
		for _, name := range names {
			if !met[name] {
				return fmt.Errorf("only %v answer", met)
			}
		}
		if len(met) > len(names) {
			return fmt.Errorf("%v answer", met)
		}
		return nil
	})
}

// neverFails calls many times while, or after, something happens.
func (c caller) neverFails(t *testing.T, times int) {
	t.Helper()
	for n := range times {
		if _, err := c.call(t.Context()); err != nil {
			t.Fatalf("call %d: %v", n, err)
		}
	}
}

func TestCallsAreDealtRoundAndGoOnWhenAReplicaIsKilled(t *testing.T) {
	consul := consultest.Start(t)
	a, b := serve(t, "a").announce(t, consul.Address()), serve(t, "b").announce(t, consul.Address())
	c := dial(open(t, Config{Consul: consul.Address()}))
	c.allAnswer(t, "a", "b")
	before := a.calls.Load()
	c.neverFails(t, 100)
	if got := a.calls.Load() - before; got != 50 {
		t.Errorf("a got %d of 100 calls", got)
	}
	b.kill(t)
	c.neverFails(t, 500) // Consul does not know yet
	serve(t, "c").announce(t, consul.Address())
	c.allAnswer(t, "a", "c")
}

func TestReplicaThatStopsIsNotKnownAnyMore(t *testing.T) {
	consul := consultest.Start(t)
	serve(t, "a").announce(t, consul.Address())
	b := serve(t, "b").announce(t, consul.Address())
	d := open(t, Config{Consul: consul.Address()})
	c := dial(d)
	c.allAnswer(t, "a", "b")
	if err := b.announced.Withdraw(t.Context()); err != nil {
		t.Fatal(err)
	}
	entries, _, err := d.consul.Health().Service("identity", "demo", false, nil)
	if err != nil || len(entries) != 1 || entries[0].Service.ID != "identity-a" {
		t.Errorf("consul knows %v, %v", entries, err)
	}
	c.allAnswer(t, "a")
	c.neverFails(t, 50)
}

func TestLastKnownInstancesStayWhileConsulIsAway(t *testing.T) {
	consul := consultest.Start(t)
	a, b := serve(t, "a").announce(t, consul.Address()), serve(t, "b").announce(t, consul.Address())
	c := dial(open(t, Config{Consul: consul.Address()}))
	c.allAnswer(t, "a", "b")
	consul.Kill()
	c.neverFails(t, 100)
	b.kill(t)
	c.neverFails(t, 100)
	consul.Restart()
	serve(t, "d").announce(t, consul.Address())
	c.allAnswer(t, "a", "d")
	if a.calls.Load() == 0 {
		t.Error("nobody called a")
	}
}

func TestStaticAddressIsAskedWhenConsulHasNobody(t *testing.T) {
	dead := listen(t)
	dead.Close()
	replacement := serve(t, "fixed")
	c := dial(open(t, Config{Consul: dead.Addr().String(), Peers: map[string]string{"identity": replacement.address}}))
	c.allAnswer(t, "fixed")

	consul := consultest.Start(t)
	a := serve(t, "a").announce(t, consul.Address())
	both := dial(open(t, Config{Consul: consul.Address(), Peers: map[string]string{"identity": replacement.address}}))
	both.allAnswer(t, "a")
	consul.Kill()
	a.kill(t)
	both.neverFails(t, 50) // a is the last that Consul told of
	both.allAnswer(t, "fixed")
}

func TestInstanceThatFailsIsLeftAloneForAWhile(t *testing.T) {
	consul := consultest.Start(t)
	a, b := serve(t, "a").announce(t, consul.Address()), serve(t, "b").announce(t, consul.Address())
	d := open(t, Config{Consul: consul.Address()})
	c := dial(d)
	c.allAnswer(t, "a", "b")
	if got := testutil.ToFloat64(d.metrics.instances.WithLabelValues("identity")); got != 2 {
		t.Errorf("%v instances are told", got)
	}
	a.broken.Store(true)
	// Keys/List is SAFE, so the caller meets b in its retry; a has its strikes and is not asked.
	eventually(t, "a to be left alone", func() error {
		before := a.calls.Load()
		c.neverFails(t, 20)
		if asked := a.calls.Load() - before; asked > 0 {
			return fmt.Errorf("a was asked %d times", asked)
		}
		return nil
	})
	if got := testutil.ToFloat64(d.metrics.ejected.WithLabelValues("identity")); got < 1 {
		t.Errorf("%v ejections are told", got)
	}
	b.broken.Store(true)
	eventually(t, "both to fail", func() error {
		if _, err := c.call(t.Context()); err == nil {
			return errors.New("one answers")
		}
		return nil
	})
	a.broken.Store(false)
	c.allAnswer(t, "a")
}

func TestServiceNobodyKnows(t *testing.T) {
	if _, err := dial(open(t, Config{})).call(t.Context()); !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v", err)
	}
}
