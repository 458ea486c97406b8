package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/store"
)

const (
	// batchBytes ends a batch early when events are large, for the sake of memory.
	batchBytes = 4 << 20
	// shortestWait doubles with every failure to publish in a row, up to longestWait.
	shortestWait = 50 * time.Millisecond
	longestWait  = 2 * time.Second
	// markTime bounds the mark of what was published, which is made even when it is time to stop.
	markTime = 5 * time.Second
	// markEvery is how long a published row may go unmarked: a crash sends what is not marked again. A busy relay marks the rows
	// of many batches together.
	markEvery = 25 * time.Millisecond
)

// Run publishes rows and forgets old ones until ctx ends. Each shard is relayed under a lease, so that of several replicas one
// publishes the events of a key. When ctx ends what is committed is still published, for a third of the lease's time at
// most.
func (o *Outbox) Run(ctx context.Context, ready func()) error {
	if o.cfg.Publisher == nil {
		return errors.New("run outbox: no publisher")
	}
	var shards sync.WaitGroup
	for number := range o.cfg.Shards {
		s := &shard{Outbox: o, number: number, wake: o.db.Signal(wake)}
		shards.Go(func() { s.serve(ctx) })
	}
	ready()
	shards.Wait()
	return nil
}

// shard is one relay: it publishes the events of its share of the slots.
type shard struct {
	*Outbox
	number int
	wake   *store.Signal

	unmarked []int64   // rows that are published
	since    time.Time // when the first of them was
}

// serve relays whenever it gets the lease. The first shard also cleans up.
func (s *shard) serve(ctx context.Context) {
	name := fmt.Sprintf("outbox/%d", s.number)
	for ctx.Err() == nil {
		err := s.db.Hold(ctx, name, s.holder, s.cfg.Lease, func(ctx context.Context, _ *store.Lease) error {
			var cleaner sync.WaitGroup
			if s.number == 0 {
				cleaner.Go(func() { s.cleanUp(ctx) })
			}
			s.relay(ctx)
			cleaner.Wait()
			return nil
		})
		if err != nil && ctx.Err() == nil {
			s.log.Warn("relay interrupted", "shard", s.number, "error", err)
		}
	}
}

// relay publishes what waits, then sleeps until the next commit or look.
func (s *shard) relay(ctx context.Context) {
	work, stop := outlive(ctx, s.cfg.Lease/3)
	defer stop()
	for failures := 0; ; {
		stopping := ctx.Err() != nil // then this is the last look
		woken := s.wake.Next()
		more, err := s.publish(work)
		if err != nil || stopping || s.untilMark() == 0 {
			err = errors.Join(err, s.mark(ctx))
		}
		pause := s.untilMark()
		switch {
		case err == nil:
			failures = 0
		case work.Err() != nil:
			return
		default:
			failures++
			pause = backOff(failures)
			woken = nil
			s.log.Warn("cannot publish, trying again", "shard", s.number, "failures", failures, "pause", pause, "error", err)
		}
		if err == nil && more {
			continue
		}
		if stopping || !sleep(ctx, woken, pause) && err != nil {
			return
		}
	}
}

// outlive gives the work a while longer than ctx, to publish what was committed until then; but a lost lease ends it at once.
func outlive(ctx context.Context, d time.Duration) (work context.Context, stop func()) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	detach := context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), store.ErrLost) {
			cancel()
			return
		}
		timer := time.AfterFunc(d, cancel)
		context.AfterFunc(work, func() { timer.Stop() })
	})
	return work, func() { detach(); cancel() }
}

func backOff(failures int) time.Duration {
	longest := min(shortestWait<<min(failures-1, 10), longestWait)
	return longest/2 + rand.N(longest/2)
}

// sleep waits for the first of the three, and says whether it is not the end of ctx.
func sleep(ctx context.Context, woken <-chan struct{}, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-woken:
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	return true
}

// publish sends the next rows. A crash before their mark sends them again: consumers remember what they applied. more says that
// others may be waiting behind them.
func (s *shard) publish(ctx context.Context) (more bool, err error) {
	ids, messages, err := s.next(ctx)
	if err != nil {
		return false, fmt.Errorf("read outbox: %w", err)
	}
	if len(ids) == 0 {
		return false, nil
	}
	more = len(ids) == s.cfg.Batch || size(messages) >= batchBytes
	if err := s.cfg.Publisher.Publish(ctx, messages); err != nil {
		return false, fmt.Errorf("publish: %w", err)
	}
	if len(s.unmarked) == 0 {
		s.since = time.Now()
	}
	s.unmarked = append(s.unmarked, ids...)
	if len(s.unmarked) >= s.cfg.Batch {
		return more, s.mark(ctx)
	}
	return more, nil
}

// next reads the oldest rows that wait. It never asks for "ids above the last one": transactions commit in another order than
// they take their ids.
func (s *shard) next(ctx context.Context) (ids []int64, messages []bus.Message, err error) {
	where, args := `published_at IS NULL`, []any{}
	if s.cfg.Shards > 1 { // a condition that every row meets would mislead the planner
		where, args = where+` AND slot % ? = ?`, append(args, s.cfg.Shards, s.number)
	}
	if len(s.unmarked) > 0 {
		list, ids := places(s.unmarked)
		where, args = where+` AND id NOT IN `+list, append(args, ids...)
	}
	args = append(args, s.cfg.Batch)
	err = s.db.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		ids, messages = nil, nil
		rows, err := tx.Query(ctx, `
			SELECT id, event_id, topic, type, subject, key, at, traceparent, tracestate, data FROM outbox_event
			WHERE `+where+` ORDER BY id LIMIT ?`, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for bytes := 0; bytes < batchBytes && rows.Next(); {
			var id, at int64
			m := bus.Message{Source: s.cfg.Source}
			err := rows.Scan(&id, &m.ID, &m.Topic, &m.Type, &m.Subject, &m.Key, &at, &m.Traceparent, &m.Tracestate, &m.Data)
			if err != nil {
				return err
			}
			m.Time = store.Time(at)
			ids, messages, bytes = append(ids, id), append(messages, m), bytes+len(m.Data)
		}
		return rows.Err()
	})
	return ids, messages, err
}

func size(messages []bus.Message) (bytes int) {
	for _, m := range messages {
		bytes += len(m.Data)
	}
	return bytes
}

// untilMark is how long the oldest unmarked row may stay so, and the time until the next look when there is none.
func (s *shard) untilMark() time.Duration {
	if len(s.unmarked) == 0 {
		return s.cfg.Look
	}
	return max(markEvery-time.Since(s.since), 0)
}

// mark need not wait for the disk: a mark that is lost only sends a row again. It is made even when ctx is over, for the rows
// are published.
func (s *shard) mark(ctx context.Context) error {
	if len(s.unmarked) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), markTime)
	defer cancel()
	list, args := places(s.unmarked)
	args = append([]any{store.Micros(time.Now())}, args...)
	_, err := s.db.Lazily(ctx, `UPDATE outbox_event SET published_at = ? WHERE id IN `+list, args...)
	if err != nil {
		return fmt.Errorf("mark as published: %w", err)
	}
	s.unmarked = s.unmarked[:0]
	return nil
}

// places is a list of placeholders and what goes there. Their number is a power of two, so that there are few statements for
// the database to remember.
func places(ids []int64) (list string, args []any) {
	n := 1
	for n < len(ids) {
		n *= 2
	}
	for i := range n {
		args = append(args, ids[min(i, len(ids)-1)])
	}
	return "(?" + strings.Repeat(", ?", n-1) + ")", args
}
