package gateway

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faulthttp"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// streamLife ends a stream about when its token lapses; the client comes back with a fresh one and its last id.
const streamLife = 15 * time.Minute

// streams serves feeds as server-sent events (WHATWG HTML, 9.2): every entry once and in order, also across reconnects.
type streams struct {
	hub      *hub
	feeds    notifyv1.FeedsClient
	tickets  ticketsv1.TicketsClient
	verifier *authz.Verifier
	tracer   trace.Tracer
	stopping context.Context //nolint:containedctx // ends all streams when the process takes no more calls
	beat     time.Duration   // between two heartbeats
	log      *slog.Logger
	living   sync.WaitGroup
}

// feedOf names the feed of a request and sees that the caller may read it.
type feedOf func(r *http.Request, p authz.Principal) (string, error)

func (s *streams) ofTicket(r *http.Request, _ authz.Principal) (string, error) {
	t, err := s.tickets.Get(outward(r), &ticketsv1.GetRequest{Id: r.PathValue("id")})
	return "ticket:" + t.GetId(), err
}

func (s *streams) ofMe(_ *http.Request, p authz.Principal) (string, error) {
	if p.Staff != "" {
		return "staff:" + p.Staff, nil
	}
	return "person:" + p.Person, nil
}

func (s *streams) ofDistrict(r *http.Request, p authz.Principal) (string, error) {
	if !p.May("dispatch:read_board") || !p.Reaches(r.PathValue("id")) {
		return "", fault.NotFound
	}
	return "district:" + r.PathValue("id"), nil
}

// serve answers one stream. replays says that a reader without Last-Event-ID wants the feed from its beginning.
func (s *streams) serve(of feedOf, replays bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st, err := s.open(r, of, replays)
		if err != nil {
			faulthttp.Write(w, r, err)
			return
		}
		kept := false
		defer func() {
			if !kept {
				s.end(st)
			}
		}()
		if r.Method == http.MethodHead {
			describe(w.Header())
			return
		}
		if st.line, err = answer(w, r); err != nil || st.begin(r.Context()) != nil {
			return
		}
		bare, ok := st.line.(*bareLine)
		if !ok {
			s.run(r.Context(), st)
			return
		}
		kept = true
		go s.keep(trace.SpanContextFromContext(r.Context()), st, bare)
	})
}

// keep runs a stream that has left the HTTP server, where nobody else would catch its panic.
func (s *streams) keep(asked trace.SpanContext, st *stream, line *bareLine) {
	defer s.end(st)
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic in a stream", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	ctx, left := context.WithCancel(trace.ContextWithSpanContext(s.stopping, asked))
	defer left()
	go line.listen(left)
	s.run(ctx, st)
}

// run follows the feed until the client leaves, the time is over or the process stops.
func (s *streams) run(ctx context.Context, st *stream) {
	ctx, cancel := context.WithTimeout(ctx, streamLife)
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()
	st.run(ctx, s.beat)
}

func (s *streams) open(r *http.Request, of feedOf, replays bool) (*stream, error) {
	token := tokenOf(r)
	if token == "" {
		return nil, fault.Unauthenticated
	}
	p, err := s.verifier.Verify(r.Context(), token)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	feed, err := of(r, p)
	if err != nil {
		return nil, err
	}
	last, given, err := lastEventID(r)
	if err != nil {
		return nil, err
	}
	st := &stream{
		feed: feed, replays: replays, feeds: s.feeds, last: last, person: p.Person, tracer: s.tracer,
		token: metadata.Pairs("authorization", "Bearer "+token), sub: s.hub.join(feed),
	}
	if !given && !replays {
		err = st.skipToEnd(r.Context())
	}
	if err != nil {
		s.hub.leave(feed, st.sub)
		return nil, err
	}
	s.living.Add(1) // while the HTTP server still knows of it: it stops before drained looks
	return st, nil
}

func (s *streams) end(st *stream) {
	s.hub.leave(st.feed, st.sub)
	if st.line != nil {
		st.line.close()
	}
	s.living.Done()
}

// drained is a unit that waits, when the process stops, for the streams that left the HTTP server: it no longer knows them.
func (s *streams) drained(ctx context.Context, ready func()) error {
	ready()
	<-ctx.Done()
	s.living.Wait()
	return nil
}

func lastEventID(r *http.Request) (last int64, given bool, err error) {
	value := cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("last_event_id"))
	if value == "" {
		return 0, false, nil
	}
	last, err = strconv.ParseInt(value, 10, 64)
	if err != nil || last < 0 {
		return 0, false, errLastEventID
	}
	return last, true, nil
}
