package op_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/discover"
	"github.com/linlihub/linli/libs/op"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// desk serves real, declared services; a test says what their rpcs do.
type desk struct {
	ticketsv1.UnimplementedTicketsServer
	open       func(context.Context, *ticketsv1.OpenRequest) (*ticketsv1.Ticket, error)
	get        func(context.Context, *ticketsv1.GetRequest) (*ticketsv1.Ticket, error)
	pause      func(context.Context, *ticketsv1.PauseRequest) (*ticketsv1.Ticket, error)
	categories func(context.Context, *ticketsv1.ListCategoriesRequest) (*ticketsv1.ListCategoriesResponse, error)
}

func (d *desk) Open(ctx context.Context, req *ticketsv1.OpenRequest) (*ticketsv1.Ticket, error) {
	return d.open(ctx, req)
}

func (d *desk) Get(ctx context.Context, req *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) {
	return d.get(ctx, req)
}

func (d *desk) Pause(ctx context.Context, req *ticketsv1.PauseRequest) (*ticketsv1.Ticket, error) {
	return d.pause(ctx, req)
}

func (d *desk) ListCategories(ctx context.Context, req *ticketsv1.ListCategoriesRequest) (*ticketsv1.ListCategoriesResponse, error) {
	return d.categories(ctx, req)
}

// register answers personal data as it is in the books.
type register struct {
	residentsv1.UnimplementedRegistryServer
}

func (register) ListOccupants(context.Context, *residentsv1.ListOccupantsRequest) (*residentsv1.ListOccupantsResponse, error) {
	return &residentsv1.ListOccupantsResponse{Occupants: []*residentsv1.Occupant{
		{HomeId: "h1", Person: &residentsv1.Person{Id: "p1", Name: "张三丰", Phone: "13812341234"}},
	}}, nil
}

func (register) RevealContact(context.Context, *residentsv1.RevealContactRequest) (*residentsv1.Contact, error) {
	return &residentsv1.Contact{PersonId: "p1", Name: "张三丰", Phone: "13812341234"}, nil
}

// office is the public door: what it does is a test's affair, too.
type office struct {
	identityv1.UnimplementedKeysServer
	identityv1.UnimplementedSessionsServer
	list    func(context.Context) error
	request func(context.Context) error
}

func (o *office) List(ctx context.Context, _ *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	return &identityv1.ListKeysResponse{Jwks: "{}"}, o.list(ctx)
}

func (o *office) RequestOtp(ctx context.Context, _ *identityv1.RequestOtpRequest) (*identityv1.RequestOtpResponse, error) {
	return &identityv1.RequestOtpResponse{}, o.request(ctx)
}

// platform is one process with three services behind their chains, and a caller.
type platform struct {
	cfg    op.Config
	desk   *desk
	office *office

	log      *lines
	spans    *tracetest.SpanRecorder
	registry *prometheus.Registry
	key      jose.JSONWebKey
	// conn reaches the services: in this process or over TCP, as the test is run.
	conn func(service string) grpc.ClientConnInterface
}

// each runs a test against services of the same process and against those of another one: a caller cannot tell.
func each(t *testing.T, test func(t *testing.T, p *platform)) {
	t.Helper()
	t.Run("in process", func(t *testing.T) { test(t, here(t)) })
	t.Run("over tcp", func(t *testing.T) { test(t, there(t)) })
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	set := &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: "k", Algorithm: string(authz.Signature), Use: "sig"}}}
	p := &platform{
		desk: &desk{}, office: &office{}, log: &lines{}, spans: tracetest.NewSpanRecorder(), registry: prometheus.NewRegistry(),
		key: jose.JSONWebKey{Key: private, KeyID: "k"},
	}
	p.cfg = op.Config{
		Service: "tickets", Log: slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Metrics: op.NewMetrics(p.registry),
		Tracer:   sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p.spans)).Tracer("test"),
		Verifier: authz.NewVerifier("test", func(context.Context) (*jose.JSONWebKeySet, error) { return set, nil }),
	}
	return p
}

func here(t *testing.T) *platform {
	p := newPlatform(t)
	p.serveHere()
	return p
}

// serveHere makes the chain from p.cfg, which a test may have changed.
func (p *platform) serveHere() {
	d := discover.New(nil)
	chain := op.Server(p.cfg)
	d.Serve("tickets", chain, &ticketsv1.Tickets_ServiceDesc, p.desk)
	d.Serve("residents", chain, &residentsv1.Registry_ServiceDesc, register{})
	d.Serve("identity", chain, &identityv1.Keys_ServiceDesc, p.office)
	d.Serve("identity", chain, &identityv1.Sessions_ServiceDesc, p.office)
	p.conn = func(service string) grpc.ClientConnInterface { return d.Dial(service, p.cfg) }
}

func there(t *testing.T) *platform {
	p := newPlatform(t)
	server := grpc.NewServer(grpc.UnaryInterceptor(op.Server(p.cfg)))
	ticketsv1.RegisterTicketsServer(server, p.desk)
	residentsv1.RegisterRegistryServer(server, register{})
	identityv1.RegisterKeysServer(server, p.office)
	identityv1.RegisterSessionsServer(server, p.office)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	addr := l.Addr().String()
	d := discover.New(map[string]string{"tickets": addr, "residents": addr, "identity": addr})
	t.Cleanup(func() { _ = d.Close() })
	p.conn = func(service string) grpc.ClientConnInterface { return d.Dial(service, p.cfg) }
	return p
}

func (p *platform) tickets() ticketsv1.TicketsClient {
	return ticketsv1.NewTicketsClient(p.conn("tickets"))
}

// token signs in.
func (p *platform) token(t *testing.T, who authz.Principal) string {
	t.Helper()
	token, err := authz.Sign(p.key, "test", who, time.Now(), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// as is a context whose calls carry a token and headers, by name and value.
func (p *platform) as(t *testing.T, who authz.Principal, headers ...string) context.Context {
	t.Helper()
	return metadata.AppendToOutgoingContext(t.Context(), append(headers, "authorization", "Bearer "+p.token(t, who))...)
}

var (
	resident   = authz.Principal{Account: "a1", Person: "p1", Roles: []authz.Role{authz.Resident}}
	technician = authz.Principal{Account: "a2", Staff: "s2", Roles: []authz.Role{authz.Technician}, Districts: []string{"d1"}}
	steward    = authz.Principal{Account: "a3", Staff: "s3", Roles: []authz.Role{authz.Steward}, Districts: []string{"d1"}}
	operator   = authz.Principal{Account: "a4", Staff: "s4", Roles: []authz.Role{authz.Operator}}
)

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
