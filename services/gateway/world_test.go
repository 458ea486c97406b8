package gateway_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/go-jose/go-jose/v4"
	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/ephemeral"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/live"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/gateway"
)

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// world is a running gateway with the three services it needs, each behind its chain; their rows are in memory.
type world struct {
	identityv1.UnimplementedKeysServer
	ticketsv1.UnimplementedTicketsServer
	notifyv1.UnimplementedFeedsServer

	url     string
	process *host.Process
	redis   *miniredis.Miniredis
	channel *live.Channel
	key     jose.JSONWebKey

	mu    sync.Mutex
	feeds map[string][]*notifyv1.Entry
	looks []string // the trace of every look at a feed
}

// start runs the gateway; --redis in args replaces the one that the test may stop.
func start(t *testing.T, args ...string) *world {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{key: jose.JSONWebKey{Key: private, KeyID: "k"}, feeds: map[string][]*notifyv1.Entry{}, redis: miniredis.RunT(t)}
	client := ephemeral.Open(ephemeral.Config{Addr: w.redis.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	w.channel = live.Open(client, "demo", slog.New(slog.DiscardHandler))
	args = append([]string{
		"--data", t.TempDir(), "--http", "127.0.0.1:0", "--log-level", "error", "--redis", w.redis.Addr(),
		"--gateway.rate", "5000", "--gateway.burst", "20000", "--gateway.anonymous-rate", "5000", "--gateway.anonymous-burst", "20000",
	}, args...)
	w.process, err = host.Start(t.Context(), args, gateway.Module, w.module("identity"), w.module("tickets"), w.module("notify"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.process.Stop)
	w.url = "http://" + w.process.Address()
	return w
}

func (w *world) module(name string) host.Module {
	return host.Define(name, func(e *host.Env, _ struct{}) error {
		switch name {
		case "identity":
			identityv1.RegisterKeysServer(e, keys{w: w})
		case "tickets":
			ticketsv1.RegisterTicketsServer(e, tickets{w: w})
		case "notify":
			notifyv1.RegisterFeedsServer(e, feeds{w: w})
		}
		return nil
	})
}

type keys struct {
	identityv1.UnimplementedKeysServer
	w *world
}

func (k keys) List(context.Context, *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	private, _ := k.w.key.Key.(ed25519.PrivateKey)
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: private.Public(), KeyID: k.w.key.KeyID, Algorithm: string(authz.Signature), Use: "sig",
	}}}
	text, err := json.Marshal(set)
	return &identityv1.ListKeysResponse{Jwks: string(text)}, err
}

// errClosed is a refusal with a value in it.
var errClosed = fault.Define(fault.Conflict, "gatewaytest.closed", "工单{number}已关闭", "ticket {number} is closed")

type tickets struct {
	ticketsv1.UnimplementedTicketsServer
	w *world
}

// Get knows the tickets of the caller: "own-" and the account.
func (tickets) Get(ctx context.Context, req *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) {
	if req.GetId() == "bad" {
		panic("a detail that stays here")
	}
	if req.GetId() != "own-"+authz.From(ctx).Account {
		return nil, fault.NotFound
	}
	return &ticketsv1.Ticket{Id: req.GetId(), Etag: `"v3"`}, nil
}

func (tickets) Open(_ context.Context, req *ticketsv1.OpenRequest) (*ticketsv1.Ticket, error) {
	return &ticketsv1.Ticket{Id: "new", Etag: `"v1"`, Words: req.GetWords()}, nil
}

func (tickets) Cancel(context.Context, *ticketsv1.CancelRequest) (*ticketsv1.Ticket, error) {
	return nil, errClosed.With("number", "0324-0017")
}

type feeds struct {
	notifyv1.UnimplementedFeedsServer
	w *world
}

func (f feeds) List(ctx context.Context, req *notifyv1.ListRequest) (*notifyv1.ListResponse, error) {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	f.w.looks = append(f.w.looks, trace.SpanContextFromContext(ctx).TraceID().String())
	all := f.w.feeds[req.GetFeed()]
	end := int64(len(all))
	if req.GetNewest() {
		return &notifyv1.ListResponse{Entries: all[max(0, len(all)-int(req.GetLimit())):], End: &end}, nil
	}
	from := min(len(all), int(req.GetAfter()))
	return &notifyv1.ListResponse{Entries: slices.Clone(all[from:min(len(all), from+int(req.GetLimit()))]), End: &end}, nil
}

// write adds an entry to a feed; nobody is told.
func (w *world) write(feed, words string) *notifyv1.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	seq := int64(len(w.feeds[feed]) + 1)
	e := &notifyv1.Entry{Feed: feed, Seq: seq, Type: "TicketNoted", EventId: fmt.Sprint(seq), StaffName: words}
	w.feeds[feed] = append(w.feeds[feed], e)
	return e
}

// tell sends the signal of an entry. Redis may be away.
func (w *world) tell(ctx context.Context, e *notifyv1.Entry) error {
	return w.channel.Send(ctx, &notifyv1.Signal{Feed: e.GetFeed(), Seq: e.GetSeq(), Entry: e})
}

func (w *world) token(t testing.TB, who authz.Principal) string {
	t.Helper()
	token, err := authz.Sign(w.key, "demo", who, time.Now(), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

var (
	resident  = authz.Principal{Account: "a1", Person: "p1", Roles: []authz.Role{authz.Resident}}
	neighbour = authz.Principal{Account: "a2", Person: "p2", Roles: []authz.Role{authz.Resident}}
	steward   = authz.Principal{Account: "a3", Staff: "s3", Roles: []authz.Role{authz.Steward}, Districts: []string{"d1"}}
)
