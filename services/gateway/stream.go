package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faulthttp"
	"github.com/linlihub/linli/libs/telemetry/semconv"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

const (
	// streamLife ends a stream about when its token lapses; the client comes back with a fresh one and its last id.
	streamLife = 15 * time.Minute
	// writeCap is how long one write may take before the client counts as gone.
	writeCap  = 10 * time.Second
	replayMax = 500
)

// streams serves feeds as server-sent events (WHATWG HTML, 9.2): every entry once and in order, also across reconnects.
type streams struct {
	hub      *hub
	feeds    notifyv1.FeedsClient
	tickets  ticketsv1.TicketsClient
	verifier *authz.Verifier
	tracer   trace.Tracer
	stopping context.Context //nolint:containedctx // ends all streams when the process takes no more calls
	beat     time.Duration   // between two heartbeats
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
		st, err := s.open(w, r, of, replays)
		if err != nil {
			faulthttp.Write(w, r, err)
			return
		}
		defer s.hub.leave(st.feed, st.sub)
		ctx, cancel := context.WithTimeout(r.Context(), streamLife)
		defer cancel()
		defer context.AfterFunc(s.stopping, cancel)()
		st.run(ctx, s.beat)
	})
}

func (s *streams) open(w http.ResponseWriter, r *http.Request, of feedOf, replays bool) (*stream, error) {
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
		feed: feed, feeds: s.feeds, last: last, person: p.Person, tracer: s.tracer, w: w, out: http.NewResponseController(w),
		token: metadata.Pairs("authorization", "Bearer "+token), sub: s.hub.join(feed),
	}
	if !given && !replays {
		err = st.skipToEnd(r.Context())
	}
	if err != nil {
		s.hub.leave(feed, st.sub)
	}
	return st, err
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

// stream is one reader of one feed.
type stream struct {
	feed   string
	feeds  notifyv1.FeedsClient
	sub    *subscriber
	last   int64
	person string
	token  metadata.MD
	tracer trace.Tracer
	w      http.ResponseWriter
	out    *http.ResponseController
}

func (s *stream) skipToEnd(ctx context.Context) error {
	answer, err := s.list(ctx, &notifyv1.ListRequest{Feed: s.feed, Newest: true, Limit: 1})
	for _, e := range answer.GetEntries() {
		s.last = e.GetSeq()
	}
	return err
}

func (s *stream) list(ctx context.Context, req *notifyv1.ListRequest) (*notifyv1.ListResponse, error) {
	return s.feeds.List(metadata.NewOutgoingContext(ctx, s.token), req)
}

// run writes the stream until the client leaves, the time is over or the process stops.
func (s *stream) run(ctx context.Context, every time.Duration) {
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	s.w.WriteHeader(http.StatusOK)
	if s.write("retry: 2000\n\n") != nil || s.catchUp(ctx) != nil {
		return
	}
	beat := time.NewTicker(every)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case signal := <-s.sub.signals:
			err = s.follow(ctx, signal)
		case <-s.sub.behind:
			err = s.catchUp(ctx)
		case <-beat.C:
			err = s.write(": beat\n\n")
		}
		if err != nil {
			return
		}
	}
}

// follow writes what a signal brings: the next entry as it is, anything else after a look at the feed.
func (s *stream) follow(ctx context.Context, signal *notifyv1.Signal) error {
	switch {
	case signal.GetPosition() != nil:
		return s.position(signal)
	case signal.GetSeq() <= s.last:
		return nil
	case signal.GetEntry() != nil && signal.GetSeq() == s.last+1:
		return s.told(ctx, signal)
	default:
		return s.catchUp(ctx)
	}
}

// told writes the entry of a signal, as the last step of the trace of what happened.
func (s *stream) told(ctx context.Context, signal *notifyv1.Signal) error {
	happened := propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": signal.GetTraceparent()})
	_, span := s.tracer.Start(happened, semconv.StreamSpan(signal.GetEntry().GetType()), trace.WithSpanKind(trace.SpanKindProducer))
	defer span.End()
	return s.entry(signal.GetEntry())
}

// catchUp writes every entry after the last one. An outage of notify ends the stream; the client comes back for the rest.
func (s *stream) catchUp(ctx context.Context) error {
	for {
		answer, err := s.list(ctx, &notifyv1.ListRequest{Feed: s.feed, After: s.last, Limit: replayMax})
		if err != nil {
			return err
		}
		for _, e := range answer.GetEntries() {
			if err := s.entry(e); err != nil {
				return err
			}
		}
		if len(answer.GetEntries()) < replayMax {
			return nil
		}
	}
}

func (s *stream) entry(e *notifyv1.Entry) error {
	data, err := marshal.Marshal(e)
	if err != nil {
		return err
	}
	s.last = e.GetSeq()
	return s.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", e.GetSeq(), e.GetType(), data))
}

// position shows where the technician is to the one person who waits (PIPL 个人信息保护法 28), and is never kept.
func (s *stream) position(signal *notifyv1.Signal) error {
	if s.person == "" || signal.GetOnlyPersonId() != s.person {
		return nil
	}
	data, err := json.Marshal(map[string]any{
		"point":    map[string]float64{"lat": signal.GetPosition().GetLat(), "lon": signal.GetPosition().GetLon()},
		"at":       signal.GetAt().AsTime(),
		"eta_from": signal.GetEtaFrom().AsTime(), "eta_to": signal.GetEtaTo().AsTime(),
	})
	if err != nil {
		return err
	}
	return s.write("event: position\ndata: " + string(data) + "\n\n")
}

func (s *stream) write(text string) error {
	if err := s.out.SetWriteDeadline(time.Now().Add(writeCap)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.out.Flush()
}
