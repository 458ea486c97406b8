package discover_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	"github.com/linlihub/linli/libs/discover"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/op"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// keys is a real service whose answers say who gave them.
type keys struct {
	identityv1.UnimplementedKeysServer
	name string
}

func (k keys) List(context.Context, *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	return &identityv1.ListKeysResponse{Jwks: k.name}, nil
}

func config() op.Config {
	return op.Config{
		Service: "test", Log: slog.New(slog.DiscardHandler), Tracer: noop.NewTracerProvider().Tracer(""),
		Metrics: op.NewMetrics(prometheus.NewRegistry()),
	}
}

// server is another process that serves keys.
type server struct {
	addr string
	stop func()
}

func another(t *testing.T, name string) server {
	t.Helper()
	s := grpc.NewServer(grpc.UnaryInterceptor(op.Server(config())))
	identityv1.RegisterKeysServer(s, keys{name: name})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return server{l.Addr().String(), s.Stop}
}

func ask(ctx context.Context, conn grpc.ClientConnInterface) (string, error) {
	answer, err := identityv1.NewKeysClient(conn).List(ctx, &identityv1.ListKeysRequest{})
	return answer.GetJwks(), err
}

func TestTheOwnProcessComesFirst(t *testing.T) {
	d := discover.New(map[string]string{"identity": another(t, "remote").addr})
	t.Cleanup(func() { _ = d.Close() })
	conn := d.Dial("identity", config())
	if got, err := ask(t.Context(), conn); got != "remote" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	d.Serve("identity", op.Server(config()), &identityv1.Keys_ServiceDesc, keys{name: "local"})
	if got, err := ask(t.Context(), conn); got != "local" || err != nil {
		t.Errorf("a service that came later, over a connection that was there before: %q, %v", got, err)
	}
}

func TestAnUnknownServiceIsAnOutage(t *testing.T) {
	d := discover.New(nil)
	conn := d.Dial("identity", config())
	_, err := ask(t.Context(), conn)
	if !errors.Is(err, discover.ErrUnknown) || !errors.Is(err, fault.Unavailable) || fault.ReportOf(err).Meta["service"] != "identity" {
		t.Errorf("got %v", err)
	}
	d.Serve("identity", op.Server(config()), &identityv1.Keys_ServiceDesc, keys{name: "local"})
	if got, err := ask(t.Context(), conn); got != "local" || err != nil {
		t.Errorf("services may start in any order: %q, %v", got, err)
	}
	// What a service does not serve is our mistake, wherever it is asked.
	err = conn.Invoke(t.Context(), ticketsv1.Tickets_Get_FullMethodName, &ticketsv1.GetRequest{}, &ticketsv1.Ticket{})
	if !errors.Is(err, fault.Internal) {
		t.Errorf("a method of another service: %v", err)
	}
	if _, err := conn.NewStream(t.Context(), &grpc.StreamDesc{}, "/x/y"); err == nil {
		t.Error("there are streams")
	}
}

// TestCallsAreDealtRound over all addresses of a name, and go on when one of them goes away.
func TestCallsAreDealtRound(t *testing.T) {
	names := manual.NewBuilderWithScheme("discovertest")
	resolver.Register(names)
	gone := another(t, "b")
	names.InitialState(resolver.State{Addresses: []resolver.Address{{Addr: another(t, "a").addr}, {Addr: gone.addr}}})
	d := discover.New(map[string]string{"identity": "discovertest:///identity"})
	t.Cleanup(func() { _ = d.Close() })
	conn := d.Dial("identity", config())

	counts := deal(t, conn, func(counts map[string]int) bool { return counts["a"] > 0 && counts["b"] > 0 })
	for i := 0; i < 10; i++ { // both are known: now they take turns
		first, err := ask(t.Context(), conn)
		second, err2 := ask(t.Context(), conn)
		if err = errors.Join(err, err2); err != nil || first == second {
			t.Errorf("%q, then %q after %v: %v", first, second, counts, err)
		}
	}
	gone.stop()
	deal(t, conn, func(counts map[string]int) bool { return counts["a"] > 20 && counts["b"] == 0 })
}

// deal asks until the counts of the last 21 answers are as they should be.
func deal(t *testing.T, conn grpc.ClientConnInterface, enough func(map[string]int) bool) map[string]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var last []string
	for ctx.Err() == nil {
		name, err := ask(ctx, conn)
		if err != nil {
			name = "nobody"
		}
		last = append(last, name)
		last = last[max(0, len(last)-21):]
		counts := map[string]int{}
		for _, name := range last {
			counts[name]++
		}
		if enough(counts) {
			return counts
		}
	}
	t.Fatalf("the last answers came from %v", last)
	return nil
}

func TestAfterCloseNobodyIsReached(t *testing.T) {
	d := discover.New(map[string]string{"identity": another(t, "a").addr})
	conn := d.Dial("identity", config())
	if _, err := ask(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := ask(t.Context(), conn); err == nil {
		t.Errorf("%q answers", got)
	}
}
