package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"

	"github.com/linlihub/linli/libs/telemetry/semconv"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
)

// replayMax is how many entries are read from a feed at a time.
const replayMax = 500

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
		case signal := <-s.sub.signals:
			err = s.follow(ctx, signal)
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

// reset tells a reader who has seen more than there is, since a backup was restored for instance, that what it knows no
// longer holds. It goes on as one who is new.
func (s *stream) reset(end int64) error {
	if s.last = end; s.replays {
		s.last = 0
	}
	return s.line.write(fmt.Sprintf("id: %d\nevent: reset\ndata: {}\n\n", s.last))
}

func (s *stream) entry(e *notifyv1.Entry) error {
	data, err := marshal.Marshal(e)
	if err != nil {
		return err
	}
	s.last = e.GetSeq()
	return s.line.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", e.GetSeq(), e.GetType(), data))
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
