package bus

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
)

// partition is one partition in one generation.
type partition struct {
	consumer   *Consumer
	generation *generation
	log        *slog.Logger
	topic      string // without the company
	fullTopic  string
	id         int

	phone  lines
	reader *kafka.Reader
	lanes  *keyed
	slots  chan struct{} // one for each handler that runs
	moved  atomic.Int64  // when a message last got on: unix nanoseconds

	mu       sync.Mutex
	tracker  *tracker
	starting int64 // where we began; below 0 when the group has never been here
}

func newPartition(g *generation, fullTopic string, id int, start int64) *partition {
	c := g.consumer
	p := &partition{
		consumer: c, generation: g, topic: bare(c.cfg.Company, fullTopic), fullTopic: fullTopic, id: id,
		lanes: newKeyed(), slots: make(chan struct{}, c.cfg.Workers), tracker: newTracker(c.cfg.Window), starting: start,
	}
	p.log = c.log.With("topic", p.topic, "partition", id)
	p.moved.Store(time.Now().UnixNano())
	return p
}

// fetch hands out the messages until ctx ends.
func (p *partition) fetch(ctx context.Context) {
	complain := p.consumer.metrics.complaints(p.log, p.consumer.group, p.phone.leaving)
	p.reader = newReader(p.consumer.cfg, &p.phone, p.fullTopic, p.id, complain)
	defer p.close()
	if err := p.reader.SetOffset(p.starting); err != nil {
		p.log.ErrorContext(ctx, "seek", "error", err)
		return
	}
	for p.current().wait(ctx) == nil {
		record, err := p.reader.FetchMessage(ctx)
		switch {
		case err == nil:
			p.accept(record)
		case ctx.Err() != nil, errors.Is(err, io.EOF):
			return
		case errors.Is(err, kafka.OffsetOutOfRange):
			p.startOver(ctx)
		default:
			p.log.WarnContext(ctx, "fetch", "error", err)
			pause(ctx, 50*time.Millisecond)
		}
	}
}

// close hangs up while the reader closes: by itself it would first wait for the broker's answer.
func (p *partition) close() {
	p.phone.leave()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = p.reader.Close()
	}()
	p.phone.hangUp()
	select {
	case <-closed:
	case <-time.After(closeLimit):
		p.log.Warn("the reader did not close in time")
	}
}

func (p *partition) accept(record kafka.Message) {
	p.move()
	t := p.current()
	t.add(record.Offset)
	p.lanes.do(string(record.Key), func() {
		if p.handle(record) {
			t.finish(record.Offset)
		}
	})
}

// startOver reads the log from its beginning because it ends before our place: the broker has lost records. Whoever was
// here knows the events it has seen; an operator should know too.
func (p *partition) startOver(ctx context.Context) {
	p.log.ErrorContext(ctx, "the log is shorter than what the group has read; reading it from its beginning", "place", p.starting)
	p.mu.Lock()
	p.tracker, p.starting = newTracker(p.consumer.cfg.Window), kafka.FirstOffset
	p.mu.Unlock()
	if err := p.reader.SetOffset(kafka.FirstOffset); err != nil {
		p.log.ErrorContext(ctx, "seek", "error", err)
	}
}

func (p *partition) current() *tracker {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tracker
}

// place is how far the group has come, and whether that is worth a commit.
func (p *partition) place() (offset int64, finished bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if offset, finished = p.tracker.reached(); !finished {
		offset = p.starting
	}
	return offset, finished
}

func (p *partition) move() {
	p.moved.Store(time.Now().UnixNano())
	p.generation.session.progressed.Store(true)
}

func (p *partition) lastMoved() time.Time { return time.Unix(0, p.moved.Load()) }

// pause waits before the next try, and reports false if there is to be none.
func (p *partition) pause(tries int) bool {
	pauses := p.consumer.cfg.Pauses
	d := pauses[min(tries, len(pauses))-1]
	d += time.Duration((rand.Float64() - 0.5) * 0.4 * float64(d))
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.generation.working.Done():
		return false
	case <-timer.C:
		return true
	}
}
