package bus_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

const ticketTopic = "tickets.ticket.v1"

// quick makes failures cost a test milliseconds.
func quick(cfg *bus.Config) {
	cfg.Pauses = []time.Duration{2 * time.Millisecond, 4 * time.Millisecond, 8 * time.Millisecond, 16 * time.Millisecond}
	cfg.CommitEvery = 20 * time.Millisecond
}

// opened is the n-th event of a key; the ticket's id tells which.
func opened(tb testing.TB, key string, n int) bus.Message {
	return bustest.Message(tb, key, &ticketsv1.TicketOpened{Head: &ticketsv1.Head{TicketId: strconv.Itoa(n), DistrictId: key}})
}

func number(tb testing.TB, e *ticketsv1.TicketOpened) int {
	n, err := strconv.Atoi(e.GetHead().GetTicketId())
	if err != nil {
		tb.Error(err)
	}
	return n
}

// inbox remembers ids, as a service's inbox table does, and keeps the effects in the order they happened.
type inbox struct {
	mu      sync.Mutex
	seen    map[string]bool
	effects map[string][]int // by key
	count   int
	again   int
	changed chan struct{}
}

func newInbox() *inbox {
	return &inbox{seen: map[string]bool{}, effects: map[string][]int{}, changed: make(chan struct{})}
}

func (b *inbox) take(m bus.Message, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen[m.ID] {
		b.again++
		return
	}
	b.seen[m.ID] = true
	b.effects[m.Key] = append(b.effects[m.Key], n)
	b.count++
	close(b.changed)
	b.changed = make(chan struct{})
}

// wait returns when there were that many effects.
func (b *inbox) wait(tb testing.TB, count int) {
	tb.Helper()
	limit := time.After(90 * time.Second)
	for {
		b.mu.Lock()
		have, changed := b.count, b.changed
		b.mu.Unlock()
		if have >= count {
			return
		}
		select {
		case <-changed:
		case <-limit:
			tb.Fatalf("%d effects after 90 s, want %d", have, count)
		}
	}
}

func (b *inbox) router(tb testing.TB) *bus.Router {
	r := bus.NewRouter()
	bus.Handle(r, func(_ context.Context, m bus.Message, e *ticketsv1.TicketOpened) error {
		b.take(m, number(tb, e))
		return nil
	})
	return r
}

// checkOrder demands every key's effects from 0 to count-1, each once and in order.
func (b *inbox) checkOrder(tb testing.TB, keys, count int) {
	tb.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for k := range keys {
		key := fmt.Sprint("k", k)
		if got := len(b.effects[key]); got != count {
			tb.Errorf("key %s: %d effects, want %d", key, got, count)
		}
		for i, n := range b.effects[key] {
			if n != i {
				tb.Errorf("key %s: effect %d is of event %d", key, i, n)
				break
			}
		}
	}
}

// raw puts a record as it is on the broker.
func raw(tb testing.TB, b *bustest.Bus, key string, value []byte, headers map[string]string) {
	tb.Helper()
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections() // or it goes on asking for the topics
	w := &kafka.Writer{
		Addr: kafka.TCP(b.Config.Brokers...), Topic: bus.Topic(b.Config.Company, ticketTopic), Balancer: &kafka.Hash{},
		RequiredAcks: kafka.RequireAll, BatchSize: 1, BatchBytes: 8 << 20, Transport: transport,
	}
	defer w.Close()
	record := kafka.Message{Key: []byte(key), Value: value}
	for k, v := range headers {
		record.Headers = append(record.Headers, kafka.Header{Key: k, Value: []byte(v)})
	}
	if err := w.WriteMessages(tb.Context(), record); err != nil {
		tb.Fatal(err)
	}
}

func deadLetters(tb testing.TB, b *bustest.Bus, group string) []bus.DeadLetter {
	tb.Helper()
	letters, err := bus.ListDeadLetters(tb.Context(), b.Config, group)
	if err != nil {
		tb.Fatal(err)
	}
	return letters
}

// eventually waits for what another goroutine or the broker brings about.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 60*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			tb.Fatalf("never: %s", what)
		}
	}
}

// onMessage calls a function when a line is logged.
type onMessage struct {
	slog.Handler
	message string
	call    func()
}

func (h onMessage) Enabled(context.Context, slog.Level) bool { return true }
func (h onMessage) WithAttrs([]slog.Attr) slog.Handler       { return h }

func (h onMessage) Handle(_ context.Context, r slog.Record) error {
	if r.Message == h.message {
		h.call()
	}
	return nil
}
