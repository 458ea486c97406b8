package bus_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	"github.com/linlihub/linli/libs/embedded"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// synced starts the bus that a person gets: with a data folder, where every acknowledgement is on the disk.
func synced(b *testing.B, groups ...string) *bustest.Bus {
	b.Helper()
	k, err := embedded.StartKafka(b.Context(), embedded.KafkaConfig{Dir: b.TempDir()}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = k.Close() })
	cfg := bus.Config{Brokers: []string{k.Addr()}, Company: "bench"}
	topics := map[string][]string{}
	for _, group := range groups {
		topics[group] = bus.CatalogueTopics()
	}
	if err := bus.EnsureTopics(b.Context(), cfg, topics); err != nil {
		b.Fatal(err)
	}
	w, err := bus.NewWriter(cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = w.Close() })
	return &bustest.Bus{Config: cfg, Kafka: k, Writer: w}
}

// BenchmarkHop publishes at a steady 200 events a second, one per call, whatever the answers do, and measures from the call
// to the handler.
func BenchmarkHop(b *testing.B) {
	const rate = 200
	bench := synced(b, "dispatch")
	arrived := map[string]chan time.Time{}
	var mu sync.Mutex
	r := bus.NewRouter()
	bus.Handle(r, func(_ context.Context, m bus.Message, _ *ticketsv1.TicketOpened) error {
		now := time.Now()
		mu.Lock()
		defer mu.Unlock()
		arrived[m.ID] <- now
		return nil
	})
	bench.Consume(b, "dispatch", r)
	messages := make([]bus.Message, b.N)
	for i := range messages {
		messages[i] = opened(b, fmt.Sprint("k", i%20), i)
		arrived[messages[i].ID] = make(chan time.Time, 2)
	}
	took := make([]time.Duration, b.N)
	due := time.NewTicker(time.Second / rate)
	defer due.Stop()
	b.ResetTimer()
	var flying sync.WaitGroup
	for i, m := range messages {
		<-due.C
		start := time.Now()
		flying.Go(func() {
			bench.Publish(b, m)
			took[i] = (<-arrived[m.ID]).Sub(start)
		})
	}
	flying.Wait()
	percentiles(b, took)
}

// BenchmarkBareHop is what the protocol costs without the bus: one record produced and fetched again by the client itself.
func BenchmarkBareHop(b *testing.B) {
	bench := synced(b)
	w := &kafka.Writer{
		Addr: kafka.TCP(bench.Config.Brokers...), Topic: bus.Topic("bench", ticketTopic), BatchSize: 1, RequiredAcks: kafka.RequireAll,
		Balancer: kafka.BalancerFunc(func(kafka.Message, ...int) int { return 0 }), Transport: &kafka.Transport{},
	}
	defer w.Close()
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers: bench.Config.Brokers, Topic: bus.Topic("bench", ticketTopic), MinBytes: 1, MaxBytes: 1 << 20, MaxWait: 500 * time.Millisecond,
	})
	defer r.Close()
	data := opened(b, "k", 1).Data
	took := make([]time.Duration, b.N)
	due := time.NewTicker(time.Second / 200)
	defer due.Stop()
	b.ResetTimer()
	for i := range b.N {
		<-due.C
		start := time.Now()
		if err := w.WriteMessages(b.Context(), kafka.Message{Value: data}); err != nil {
			b.Fatal(err)
		}
		if _, err := r.FetchMessage(b.Context()); err != nil {
			b.Fatal(err)
		}
		took[i] = time.Since(start)
	}
	percentiles(b, took)
}

func percentiles(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	at := func(p float64) float64 { return float64(took[int(p*float64(len(took)-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkThroughput publishes in calls of 100 and waits until all are handled.
func BenchmarkThroughput(b *testing.B) {
	bench := synced(b, "dispatch")
	in := newInbox()
	bench.Consume(b, "dispatch", in.router(b))
	messages := make([]bus.Message, b.N)
	for i := range messages {
		messages[i] = opened(b, fmt.Sprint("k", i%50), i)
	}
	b.ResetTimer()
	for i := 0; i < len(messages); i += 100 {
		bench.Publish(b, messages[i:min(i+100, len(messages))]...)
	}
	in.wait(b, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkStart starts eight consumers of every topic on a broker that has just been started, and measures until all are
// ready and until each has handled its first event.
func BenchmarkStart(b *testing.B) {
	const services = 8
	var ready, first time.Duration
	for range b.N {
		bench := synced(b)
		bench.Config.Tracer = nil
		handled := make(chan struct{}, services)
		r := bus.NewRouter()
		bus.Handle(r, func(context.Context, bus.Message, *ticketsv1.TicketOpened) error {
			handled <- struct{}{}
			return nil
		})
		handleVisit(r, make(chan struct{}, 1))
		start := time.Now()
		var all sync.WaitGroup
		for i := range services {
			all.Go(func() { bench.Consume(b, fmt.Sprint("s", i), r) })
		}
		all.Wait()
		ready += time.Since(start)
		bench.Publish(b, opened(b, "k0", 0))
		for range services {
			<-handled
		}
		first += time.Since(start)
	}
	b.ReportMetric(float64(ready.Milliseconds())/float64(b.N), "ready-ms")
	b.ReportMetric(float64(first.Milliseconds())/float64(b.N), "first-event-ms")
	b.ReportMetric(0, "ns/op")
}
