package bus_test

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	"github.com/linlihub/linli/libs/embedded"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
)

func TestConsumerBeforeItsTopic(t *testing.T) {
	k, err := embedded.StartKafka(t.Context(), embedded.KafkaConfig{Partitions: 2}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	in := newInbox()
	cfg := bus.Config{Brokers: []string{k.Addr()}, Company: "test"}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- bus.NewConsumer(cfg, "dispatch", in.router(t)).Run(ctx, func() {}) }()

	if err := bus.EnsureTopics(t.Context(), cfg, nil); err != nil {
		t.Fatal(err)
	}
	w, err := bus.NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	if err := w.Publish(t.Context(), []bus.Message{opened(t, "k0", 0)}); err != nil {
		t.Fatal(err)
	}
	in.wait(t, 1)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestSecondTopicComesLater(t *testing.T) {
	k, err := embedded.StartKafka(t.Context(), embedded.KafkaConfig{Partitions: 2}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	in, visits := newInbox(), make(chan struct{}, 1)
	r := in.router(t)
	handleVisit(r, visits)
	cfg := bus.Config{Brokers: []string{k.Addr()}, Company: "test"}
	b := &bustest.Bus{Config: cfg, Kafka: k}
	if err := k.Cluster().CreateTopic(bus.Topic("test", ticketTopic), 2, nil); err != nil {
		t.Fatal(err)
	}
	b.Consume(t, "notify", r)
	w, err := bus.NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	b.Writer = w
	b.Publish(t, opened(t, "k0", 0))
	in.wait(t, 1)
	if err := bus.EnsureTopics(t.Context(), cfg, nil); err != nil {
		t.Fatal(err)
	}
	b.Publish(t, visitAccepted(t))
	<-visits
}

func TestStalledReaderIsRebuiltAndThenGivenUp(t *testing.T) {
	in := newInbox()
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": in.router(t)})
	b.Config.Stalled = 200 * time.Millisecond
	fault := b.Kafka.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Count: -1})
	b.Publish(t, opened(t, "k0", 0))
	err := bus.NewConsumer(b.Config, "dispatch", in.router(t)).Run(t.Context(), func() {})
	if err == nil {
		t.Fatal("Run returned without an error")
	}
	if fault.Hits() == 0 {
		t.Error("nothing was fetched at all")
	}
	fault.Remove()
	b.Consume(t, "dispatch", in.router(t))
	in.wait(t, 1)
}

func TestLogShorterThanOurPlace(t *testing.T) {
	in := newInbox()
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": in.router(t)})
	addr, err := net.ResolveTCPAddr("tcp", b.Config.Brokers[0])
	if err != nil {
		t.Fatal(err)
	}
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: addr, Transport: transport}
	for partition := range 2 {
		_, err := client.OffsetCommit(t.Context(), &kafka.OffsetCommitRequest{
			GroupID: bus.Group("test", "dispatch"), GenerationID: -1,
			Topics: map[string][]kafka.OffsetCommit{bus.Topic("test", ticketTopic): {{Partition: partition, Offset: 1000}}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	b.Publish(t, opened(t, "k0", 0))
	b.Consume(t, "dispatch", in.router(t))
	in.wait(t, 1)
	b.Publish(t, opened(t, "k0", 1))
	in.wait(t, 2)
	in.checkOrder(t, 1, 2)
}

func TestBrokerThatGoesAwayAndComesBack(t *testing.T) {
	in := newInbox()
	cfg := embedded.KafkaConfig{Dir: t.TempDir()}
	k, err := embedded.StartKafka(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Addr = k.Addr()
	b := &bustest.Bus{Config: bus.Config{Brokers: []string{k.Addr()}, Company: "test"}, Kafka: k}
	if err := bus.EnsureTopics(t.Context(), b.Config, nil); err != nil {
		t.Fatal(err)
	}
	if b.Writer, err = bus.NewWriter(b.Config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Writer.Close() })
	stop := b.Consume(t, "dispatch", in.router(t))
	b.Publish(t, opened(t, "k0", 0))
	in.wait(t, 1)
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Writer.Publish(t.Context(), []bus.Message{opened(t, "k0", 1)}); err == nil {
		t.Error("published to a broker that is away")
	}
	if k, err = embedded.StartKafka(t.Context(), cfg, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	b.Publish(t, opened(t, "k0", 1))
	in.wait(t, 2)
	in.checkOrder(t, 1, 2)
	stop()
	_ = k.Close()
}

func handleVisit(r *bus.Router, seen chan<- struct{}) {
	bus.Handle(r, func(context.Context, bus.Message, *dispatchv1.VisitAccepted) error {
		seen <- struct{}{}
		return nil
	})
}

func visitAccepted(tb testing.TB) bus.Message {
	return bustest.Message(tb, "k0", &dispatchv1.VisitAccepted{Head: &dispatchv1.Head{VisitId: "v1", DistrictId: "k0"}})
}
