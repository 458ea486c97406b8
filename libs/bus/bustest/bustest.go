// Package bustest gives a test a real bus of its own: a broker in memory, reached over TCP.
package bustest

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/embedded"
	"github.com/linlihub/linli/libs/id"
)

// Bus is a broker with every topic of the catalogue, and a writer.
type Bus struct {
	Config bus.Config // for the consumers of the test
	Kafka  *embedded.Kafka
	Writer *bus.Writer
}

// Start starts a bus that ends with the test. It has the dead-letter topics of the groups, given by their routers.
func Start(tb testing.TB, groups map[string]*bus.Router) *Bus {
	tb.Helper()
	kafka, err := embedded.StartKafka(tb.Context(), embedded.KafkaConfig{Partitions: 2}, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = kafka.Close() })
	cfg := bus.Config{Brokers: []string{kafka.Addr()}, Company: "test"}
	topics := map[string][]string{}
	for group, router := range groups {
		topics[group] = router.Topics()
	}
	if err := bus.EnsureTopics(tb.Context(), cfg, topics); err != nil {
		tb.Fatal(err)
	}
	writer, err := bus.NewWriter(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = writer.Close() })
	return &Bus{Config: cfg, Kafka: kafka, Writer: writer}
}

// Message wraps an event, as the outbox does.
func Message(tb testing.TB, key string, event proto.Message) bus.Message {
	tb.Helper()
	topic, ok := bus.TopicOf(event)
	if !ok {
		tb.Fatalf("%T is no event", event)
	}
	data, err := proto.Marshal(event)
	if err != nil {
		tb.Fatal(err)
	}
	return bus.Message{
		ID: id.New(), Type: string(event.ProtoReflect().Descriptor().FullName()), Source: "test", Topic: topic, Key: key,
		Time: time.Date(2025, 3, 24, 8, 0, 0, 0, time.UTC), Data: data,
	}
}

// Publish publishes messages.
func (b *Bus) Publish(tb testing.TB, messages ...bus.Message) {
	tb.Helper()
	if err := b.Writer.Publish(tb.Context(), messages); err != nil {
		tb.Fatal(err)
	}
}

// Consume runs a consumer until the test ends, or until the function that it returns is called, and waits until it is
// ready. The consumer must not fail.
func (b *Bus) Consume(tb testing.TB, group string, r *bus.Router) (stop func()) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- bus.NewConsumer(b.Config, group, r).Run(ctx, func() { close(ready) }) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Errorf("consumer %s: %v", group, err)
		}
	})
	tb.Cleanup(stop)
	select {
	case <-ready:
	case <-time.After(30 * time.Second):
		tb.Fatalf("consumer %s does not get ready", group)
	}
	return stop
}

// Recorder keeps what is published on the topics it listens to, from the first message on.
type Recorder struct {
	tb      testing.TB
	mu      sync.Mutex
	seen    []bus.Message
	next    map[string]int // by type: where in seen to look on
	arrived chan struct{}  // closed and replaced when a message arrives
}

// Record starts a recorder on topics, or on all of the catalogue.
func (b *Bus) Record(tb testing.TB, topics ...string) *Recorder {
	tb.Helper()
	if len(topics) == 0 {
		topics = bus.CatalogueTopics()
	}
	r := &Recorder{tb: tb, next: map[string]int{}, arrived: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	var tail sync.WaitGroup
	tail.Go(func() {
		if err := bus.Tail(ctx, b.Config, topics, r.record); err != nil && ctx.Err() == nil {
			tb.Errorf("record: %v", err)
		}
	})
	tb.Cleanup(func() {
		cancel()
		tail.Wait()
	})
	return r
}

func (r *Recorder) record(m bus.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, m)
	close(r.arrived)
	r.arrived = make(chan struct{})
}

// All is what was recorded so far.
func (r *Recorder) All() []bus.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]bus.Message(nil), r.seen...)
}

// Next waits for the next message of a type that no call has returned yet. The test fails when ctx ends before.
func (r *Recorder) Next(ctx context.Context, kind string) bus.Message {
	r.tb.Helper()
	for {
		m, ok, arrived := r.take(kind)
		if ok {
			return m
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			r.tb.Fatalf("no more %s was published; there were %d messages of all types", kind, len(r.All()))
		}
	}
}

func (r *Recorder) take(kind string) (bus.Message, bool, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := r.next[kind]; i < len(r.seen); i++ {
		r.next[kind] = i + 1
		if r.seen[i].Type == kind {
			return r.seen[i], true, nil
		}
	}
	return bus.Message{}, false, r.arrived
}

// NextEvent is Next with the payload decoded: bustest.NextEvent[*ticketsv1.TicketOpened](ctx, recorder).
func NextEvent[E proto.Message](ctx context.Context, r *Recorder) (bus.Message, E) {
	r.tb.Helper()
	var none E
	kind := none.ProtoReflect().Type()
	m := r.Next(ctx, string(kind.Descriptor().FullName()))
	event, _ := kind.New().Interface().(E)
	if err := proto.Unmarshal(m.Data, event); err != nil {
		r.tb.Fatal(err)
	}
	return m, event
}
