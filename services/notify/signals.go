package notify

import (
	"context"
	"time"

	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/live"
	"github.com/linlihub/linli/libs/outbox"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
)

const (
	// queued bounds the signals that wait for Redis.
	queued = 4096
	// atOnce bounds the signals of one round trip.
	atOnce = 256
	// again is how long after a failure the signals that were lost are repeated.
	again = time.Second
)

// signals tells the gateways that feeds grew. While Redis is silent it remembers only how far each feed grew, and says so
// once Redis answers again, so that no stream stays behind for ever.
type signals struct {
	channel *live.Channel
	queue   chan *notifyv1.Signal
}

func newSignals(channel *live.Channel) *signals {
	return &signals{channel: channel, queue: make(chan *notifyv1.Signal, queued)}
}

// send never waits: a reaction must not hang on Redis. What does not fit the queue is told by the next signal of its feed,
// or by the reader's own look when it reconnects.
func (s *signals) send(ctx context.Context, entries []*notifyv1.Entry) {
	trace := outbox.Trace(ctx)
	for _, e := range entries {
		select {
		case s.queue <- &notifyv1.Signal{Feed: e.GetFeed(), Seq: e.GetSeq(), Entry: e, Traceparent: trace}:
		default:
		}
	}
}

func (s *signals) run(ctx context.Context, ready func()) error {
	ready()
	behind := map[string]*notifyv1.Signal{}
	var retry <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case signal := <-s.queue:
			s.try(ctx, s.together(signal), behind)
		case <-retry:
			retry = nil
			s.repeat(ctx, behind)
		}
		switch { // signals that come meanwhile must not put the repetition off
		case len(behind) == 0:
			retry = nil
		case retry == nil:
			retry = clock.Real().After(again)
		}
	}
}

// together takes along what else waits: a busy second's signals share their round trips to Redis.
func (s *signals) together(first *notifyv1.Signal) []*notifyv1.Signal {
	all := []*notifyv1.Signal{first}
	for len(all) < atOnce {
		select {
		case signal := <-s.queue:
			all = append(all, signal)
		default:
			return all
		}
	}
	return all
}

// try sends at once, or only remembers while earlier signals are still behind: one slow answer is enough to learn from.
func (s *signals) try(ctx context.Context, all []*notifyv1.Signal, behind map[string]*notifyv1.Signal) {
	if len(behind) == 0 && s.channel.Send(ctx, all...) == nil {
		return
	}
	for _, signal := range all {
		behind[signal.GetFeed()] = &notifyv1.Signal{Feed: signal.GetFeed(), Seq: signal.GetSeq()}
	}
}

func (s *signals) repeat(ctx context.Context, behind map[string]*notifyv1.Signal) {
	for name, signal := range behind {
		if s.channel.Send(ctx, signal) != nil {
			return
		}
		delete(behind, name)
	}
}
