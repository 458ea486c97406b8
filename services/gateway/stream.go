package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/telemetry/semconv"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
)

// replayMax is how many entries are read from a feed at a time.
const replayMax = 500

// patientAsks is how often a stream asks for what it missed before it leaves that to its client.
const patientAsks = 4

// stream is one reader of one feed.
type stream struct {
	feed    string
	replays bool
	feeds   notifyv1.FeedsClient
	sub     *subscriber
	last    int64
	person  string
	token   metadata.MD
	tracer  trace.Tracer
	line    line // nil until answered
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

// begin tells how to come back, and writes what is in the feed already.
func (s *stream) begin(ctx context.Context) error {
	if err := s.line.write("retry: 2000\n\n"); err != nil {
		return err
	}
	return s.catchUp(ctx)
}

// run writes what happens until ctx ends or a write fails.
func (s *stream) run(ctx context.Context, every time.Duration) {
	beat := time.NewTicker(every)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case n := <-s.sub.signals:
			err = s.follow(ctx, n)
		case <-s.sub.behind:
			err = s.catchUp(ctx)
		case <-beat.C:
			err = s.line.write(": beat\n\n")
		}
		if err != nil {
			return
		}
	}
}

// follow writes what a signal brings: the next entry as it is, anything else after a look at the feed.
func (s *stream) follow(ctx context.Context, n *news) error {
	switch {
	case n.GetPosition() != nil:
		return s.position(n.Signal)
	case n.GetSeq() <= s.last:
		return nil
	case n.GetEntry() != nil && n.GetSeq() == s.last+1:
		return s.tell(ctx, n)
	default:
		return s.catchUp(ctx)
	}
}

// tell writes the entry of a signal. The first stream to do so makes the last step of the trace of what happened.
func (s *stream) tell(ctx context.Context, n *news) error {
	if n.first() {
		happened := propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": n.GetTraceparent()})
		_, span := s.tracer.Start(happened, semconv.StreamSpan(n.GetEntry().GetType()), trace.WithSpanKind(trace.SpanKindProducer))
		defer span.End()
	}
	text, err := n.text()
	if err != nil {
		return err
	}
	return s.write(n.GetEntry(), text)
}

// catchUp writes every entry after the last one. An outage of notify ends the stream; the client comes back for the rest.
func (s *stream) catchUp(ctx context.Context) error {
	for {
		answer, err := s.ask(ctx)
		if err != nil {
			return err
		}
		if answer.End != nil && answer.GetEnd() < s.last {
			if err := s.reset(answer.GetEnd()); err != nil {
				return err
			}
			continue
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

// ask lists what comes after the last entry. Where there is too much to do it asks a few times more: to wait here costs less than to
// come anew.
func (s *stream) ask(ctx context.Context) (answer *notifyv1.ListResponse, err error) {
	for range patientAsks {
		answer, err = s.list(ctx, &notifyv1.ListRequest{Feed: s.feed, After: s.last, Limit: replayMax})
		if !errors.Is(err, op.ErrOverloaded) {
			return answer, err
		}
		wait := max(fault.ReportOf(err).RetryAfter, time.Second)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait/2 + rand.N(wait)): // not all at once
		}
	}
	return answer, err
}

// reset tells a reader who has seen more than there is, since a backup was restored for instance, that what it knows no
// longer holds. It goes on as one who is new.
func (s *stream) reset(end int64) error {
	if s.last = end; s.replays {
		s.last = 0
	}
	return s.line.write(fmt.Sprintf("id: %d\nevent: reset\ndata: {}\n\n", s.last))
}

func (s *stream) entry(e *notifyv1.Entry) error {
	text, err := render(e)
	if err != nil {
		return err
	}
	return s.write(e, text)
}

func (s *stream) write(e *notifyv1.Entry, text string) error {
	s.last = e.GetSeq()
	return s.line.write(text)
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
	return s.line.write("event: position\ndata: " + string(data) + "\n\n")
}
