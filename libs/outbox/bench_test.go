package outbox_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

// sink takes everything at once, so that the figures are those of the outbox.
type sink struct {
	arrived atomic.Int64
	last    chan struct{}
}

func (s *sink) Publish(_ context.Context, messages []bus.Message) error {
	s.arrived.Add(int64(len(messages)))
	select {
	case s.last <- struct{}{}:
	default:
	}
	return nil
}

func (s *sink) wait(n int64) {
	for s.arrived.Load() < n {
		<-s.last
	}
}

// p50 and p99 of n calls.
func percentiles(n int, call func()) (p50, p99 time.Duration) {
	took := make([]time.Duration, n)
	for i := range took {
		began := time.Now()
		call()
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[n/2], took[n*99/100]
}

// BenchmarkOutbox compares, in one run: a bare durable commit; the same commit with an event in it while the relay runs; and the
// time until the event is at the publisher.
func BenchmarkOutbox(b *testing.B) {
	storetest.EachBench(b, func(b *testing.B, db *store.DB) {
		migrate(b, db)
		s := &sink{last: make(chan struct{}, 1)}
		stop := start(b, open(b, db, outbox.Config{Publisher: s}))
		bare := func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE counter SET n = n + 1`)
			return err
		}
		write := func(fn func(context.Context, *store.Tx) error) {
			if err := db.Write(b.Context(), fn); err != nil {
				b.Fatal(err)
			}
		}
		sent := int64(0)
		withEvent := func(ctx context.Context, tx *store.Tx) error {
			if err := bare(ctx, tx); err != nil {
				return err
			}
			return outbox.Add(ctx, tx, event("a", 1))
		}
		for b.Loop() { // each round is 300 of each, in turns of 100, so that all see the same weather
			var commits, events, hops [2]time.Duration
			for range 3 {
				p50, p99 := percentiles(100, func() { write(bare) })
				commits[0], commits[1] = commits[0]+p50, commits[1]+p99
				p50, p99 = percentiles(100, func() { write(withEvent); sent++ })
				events[0], events[1] = events[0]+p50, events[1]+p99
				s.wait(sent)
				p50, p99 = percentiles(100, func() { write(withEvent); sent++; s.wait(sent) })
				hops[0], hops[1] = hops[0]+p50, hops[1]+p99
			}
			for i, name := range []string{"p50", "p99"} {
				b.ReportMetric(float64(commits[i].Microseconds())/3, "bare-commit-"+name+"-µs")
				b.ReportMetric(float64(events[i])/float64(commits[i]), "with-event-"+name+"/bare")
				b.ReportMetric(float64(hops[i])/float64(commits[i]), "published-"+name+"/bare")
			}
		}
		stop()
	})
}

// BenchmarkBacklog is how fast the relay works off what waits, per event, and how many of them fit in one bare commit.
func BenchmarkBacklog(b *testing.B) {
	storetest.EachBench(b, func(b *testing.B, db *store.DB) {
		migrate(b, db)
		const each = 5000
		commit, _ := percentiles(200, func() {
			err := db.Write(b.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE counter SET n = n + 1`)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		})
		events := make([]outbox.Event, each)
		for i := range events {
			events[i] = event("a", i)
		}
		for b.Loop() {
			b.StopTimer()
			add(b, db, events...)
			s := &sink{last: make(chan struct{}, 1)}
			b.StartTimer()
			began := time.Now()
			stop := start(b, open(b, db, outbox.Config{Publisher: s}))
			s.wait(each)
			took := time.Since(began)
			b.StopTimer()
			stop()
			b.ReportMetric(each/took.Seconds(), "events/s")
			b.ReportMetric(float64(commit)/(float64(took)/each), "events-per-bare-commit")
			b.StartTimer()
		}
	})
}
