package peers

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/discover"
	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/telemetry"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// BenchmarkHop compares one rpc between two processes, one call after the other: plain grpc-go; grpc-go with our certificates
// on both sides; and ours, whole: go-kit's balancer over what Consul knows, the client's and the server's chain with spans to
// Jaeger and metrics, mutual TLS, the caller's name and the token checked. They take turns.
func BenchmarkHop(b *testing.B) {
	calls := setting(b, "LINLI_BENCH_CALLS", 10_000)
	w := openWorld(b)
	clients := []ticketsv1.TicketsClient{w.plain(b), w.secure(b), w.ours(b)}
	ctx := authz.With(b.Context(), authz.Principal{}, w.service.Token)
	asked := metadata.AppendToOutgoingContext(b.Context(), "authorization", "Bearer "+w.service.Token)
	contexts := []context.Context{asked, asked, ctx}
	took := make([][]time.Duration, len(clients))
	for b.Loop() {
		for turn := range 1 + calls/100 {
			for i, c := range clients {
				all := hops(contexts[i], b, c, 100)
				if turn > 0 { // the first warms up
					took[i] = append(took[i], all...)
				}
			}
		}
	}
	for i, name := range []string{"plain", "tls", "ours"} {
		slices.Sort(took[i])
		p50, p99 := took[i][len(took[i])/2], took[i][len(took[i])*99/100]
		b.ReportMetric(float64(p50.Nanoseconds())/1000, name+"-p50-µs")
		b.ReportMetric(float64(p99.Nanoseconds())/1000, name+"-p99-µs")
		if i > 0 {
			b.ReportMetric(float64(p50)/float64(took[0][len(took[0])/2]), name+"/plain")
		}
	}
	b.ReportMetric(0, "ns/op")
}

func hops(ctx context.Context, b *testing.B, c ticketsv1.TicketsClient, n int) []time.Duration {
	b.Helper()
	all := make([]time.Duration, n)
	for i := range all {
		began := time.Now()
		if _, err := c.Get(ctx, &ticketsv1.GetRequest{Id: "t1"}); err != nil {
			b.Fatal(err)
		}
		all[i] = time.Since(began)
	}
	return all
}

func (w *world) own(b *testing.B) *credential.Folder {
	b.Helper()
	own, err := credential.Open(filepath.Join(w.certificates, "gateway"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	return own
}

func (w *world) plain(b *testing.B) ticketsv1.TicketsClient {
	return dial(b, w.service.Plain, insecure.NewCredentials())
}

func (w *world) secure(b *testing.B) ticketsv1.TicketsClient {
	return dial(b, w.service.Secure, w.own(b).Client("tickets"))
}

func dial(b *testing.B, address string, secured credentials.TransportCredentials) ticketsv1.TicketsClient {
	b.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(secured))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	return ticketsv1.NewTicketsClient(conn)
}

// ours calls as the gateway does.
func (w *world) ours(b *testing.B) ticketsv1.TicketsClient {
	b.Helper()
	t, err := telemetry.Start(b.Context(), telemetry.Config{Service: "gateway", Company: company, OTLPEndpoint: w.collector, LogLevel: "warn"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = t.Shutdown(context.WithoutCancel(b.Context())) })
	own := w.own(b)
	d, err := discover.Open(discover.Config{
		Company: company, Consul: w.consul, Registry: t.Registry,
		Credentials: func(service string) credentials.TransportCredentials { return own.Client(service) },
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	conn := d.Dial("tickets", op.Config{
		Service: "gateway", Log: t.Log, Tracer: t.For("gateway").Tracer("linli/gateway"), Metrics: op.NewMetrics(t.Registry),
	})
	c := ticketsv1.NewTicketsClient(conn)
	limit, cancel := context.WithTimeout(authz.With(b.Context(), authz.Principal{}, w.service.Token), 30*time.Second)
	defer cancel()
	// Consul hears of an instance a moment after it is ready.
	err = eventually(limit, func() (bool, error) {
		_, err := c.Get(limit, &ticketsv1.GetRequest{Id: "t1"})
		return err == nil, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}
