package op_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/metadata"
	"pgregory.net/rapid"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

func TestIfMatch(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		p.desk.pause = func(ctx context.Context, _ *ticketsv1.PauseRequest) (*ticketsv1.Ticket, error) {
			return &ticketsv1.Ticket{}, op.CheckVersion(ctx, 3)
		}
		p.desk.get = func(ctx context.Context, _ *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) {
			return &ticketsv1.Ticket{}, op.CheckVersion(ctx, 3)
		}
		for _, c := range []struct{ sent, required, optional string }{
			{"", "etag.missing", "ok"},
			{"*", "ok", "ok"},
			{`"v3"`, "ok", "ok"},
			{` "v3" `, "ok", "ok"},
			{`"v2"`, "stale", "stale"},
			{`"v4"`, "stale", "stale"},
			{`v3`, "etag.malformed", "etag.malformed"},
			{`W/"v3"`, "etag.malformed", "etag.malformed"},
			{`"v3", "v4"`, "etag.malformed", "etag.malformed"},
			{`"v03"`, "etag.malformed", "etag.malformed"},
			{`"v+3"`, "etag.malformed", "etag.malformed"},
			{`"v"`, "etag.malformed", "etag.malformed"},
			{`"v99999999999999999999"`, "etag.malformed", "etag.malformed"},
			{`"三"`, "etag.malformed", "etag.malformed"},
		} {
			ctx := p.as(t, technician)
			if c.sent != "" {
				ctx = metadata.AppendToOutgoingContext(ctx, "if-match", c.sent)
			}
			_, err := p.tickets().Pause(ctx, &ticketsv1.PauseRequest{Id: "t", Reason: ticketsv1.PauseReason_PAUSE_REASON_PART_ORDERED})
			if got := fault.CodeOf(err); got != c.required {
				t.Errorf("If-Match %s where it is required: %v, want %s", c.sent, err, c.required)
			}
			if c.required == "stale" && fault.ReportOf(err).Meta["version"] != "3" {
				t.Errorf("a stale caller is not told the present version: %v", err)
			}
			_, err = p.tickets().Get(ctx, &ticketsv1.GetRequest{Id: "t"})
			if got := fault.CodeOf(err); got != c.optional {
				t.Errorf("If-Match %s where it is not: %v, want %s", c.sent, err, c.optional)
			}
		}
	})
}

// TestEveryETagIsReadBack: what we spell, and nothing else, is what a caller may send.
func TestEveryETagIsReadBack(t *testing.T) {
	p := here(t)
	var present int64
	p.desk.get = func(ctx context.Context, _ *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) {
		if !op.HasIfMatch(ctx) {
			t.Error("it was not read")
		}
		return &ticketsv1.Ticket{}, op.CheckVersion(ctx, present)
	}
	token := p.token(t, resident)
	rapid.Check(t, func(r *rapid.T) {
		present = rapid.Int64().Draw(r, "present")
		seen := rapid.OneOf(rapid.Just(present), rapid.Int64()).Draw(r, "seen")
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token, "if-match", op.ETag(seen))
		_, err := p.tickets().Get(ctx, &ticketsv1.GetRequest{Id: "t"})
		want := "stale"
		if seen == present {
			want = "ok"
		}
		if fault.CodeOf(err) != want {
			r.Errorf("present %d, seen %d: %v", present, seen, err)
		}
	})
}

// openDesk counts what was opened; the answer says how many it was.
func openDesk(t *testing.T, p *platform) *atomic.Int64 {
	t.Helper()
	db := storetest.Open(t, storetest.SQLite(t))
	if _, err := outbox.Open(t.Context(), db, outbox.Config{Source: "tickets", Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	opened := &atomic.Int64{}
	p.desk.open = func(ctx context.Context, req *ticketsv1.OpenRequest) (*ticketsv1.Ticket, error) {
		return outbox.Do(ctx, db, func(context.Context, *store.Tx) (*ticketsv1.Ticket, error) {
			return &ticketsv1.Ticket{Number: fmt.Sprint(opened.Add(1)), Words: req.GetWords()}, nil
		})
	}
	return opened
}

func TestIdempotencyKey(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		openDesk(t, p)
		neighbour := authz.Principal{Account: "a9", Person: "p9", Roles: []authz.Role{authz.Resident}}
		for i, c := range []struct {
			who  authz.Principal
			key  string
			body string
			want string // number of the ticket, or code
		}{
			{resident, "k1", "漏水", "1"},
			{resident, "k1", "漏水", "1"},
			{resident, "k1", "停电", "idempotency.reused"},
			{resident, "k2", "漏水", "2"},
			{neighbour, "k1", "漏水", "3"}, // a key is its sender's own
			{resident, "", "漏水", "4"},
			{resident, "", "漏水", "5"},
			{resident, strings.Repeat("k", 128), "漏水", "6"},
			{resident, strings.Repeat("k", 129), "漏水", "idempotency.malformed"},
			{resident, "two words", "漏水", "idempotency.malformed"},
			{resident, "键", "漏水", "idempotency.malformed"},
			{resident, "k1", "漏水", "1"},
		} {
			ctx := p.as(t, c.who)
			if c.key != "" {
				ctx = metadata.AppendToOutgoingContext(ctx, "idempotency-key", c.key)
			}
			ticket, err := p.tickets().Open(ctx, &ticketsv1.OpenRequest{HomeId: "h", Words: c.body})
			got := ticket.GetNumber()
			if err != nil {
				got = fault.CodeOf(err)
			}
			if got != c.want {
				t.Errorf("%d: key %.20s of %s with %s: %s, want %s (%v)", i, c.key, c.who.Account, c.body, got, c.want, err)
			}
		}
	})
}

// TestTheSameKeyAtOnce: of callers at the same time one opens, and all get its answer.
func TestTheSameKeyAtOnce(t *testing.T) {
	p := here(t)
	opened := openDesk(t, p)
	var callers sync.WaitGroup
	for range 20 {
		ctx := p.as(t, resident, "idempotency-key", "k")
		callers.Go(func() {
			ticket, err := p.tickets().Open(ctx, &ticketsv1.OpenRequest{HomeId: "h"})
			if err != nil || ticket.GetNumber() != "1" {
				t.Errorf("%v, %v", ticket, err)
			}
		})
	}
	callers.Wait()
	if opened.Load() != 1 {
		t.Errorf("opened %d times", opened.Load())
	}
}

// TestAKeyIsForKeyedOperations: a read does not look at it, and no call made on the way inherits it.
func TestAKeyIsForKeyedOperations(t *testing.T) {
	p := here(t)
	opened := openDesk(t, p)
	p.desk.get = func(ctx context.Context, _ *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) {
		return p.tickets().Open(ctx, &ticketsv1.OpenRequest{HomeId: "h"})
	}
	for range 2 {
		ctx := p.as(t, resident, "idempotency-key", "k")
		if _, err := p.tickets().Get(ctx, &ticketsv1.GetRequest{Id: "t"}); err != nil {
			t.Fatal(err)
		}
	}
	if opened.Load() != 2 {
		t.Errorf("the key of a read held for a call on its way: opened %d", opened.Load())
	}
}

// TestATransactionStaysWithItsCaller: else the callee would write into it, or be refused a transaction of its own.
func TestATransactionStaysWithItsCaller(t *testing.T) {
	p := here(t)
	openDesk(t, p)
	caller := storetest.Open(t, storetest.SQLite(t))
	ctx := p.as(t, resident)
	err := caller.Write(ctx, func(ctx context.Context, _ *store.Tx) error {
		_, err := p.tickets().Open(ctx, &ticketsv1.OpenRequest{HomeId: "h"})
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
