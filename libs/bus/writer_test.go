package bus_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	"github.com/linlihub/linli/libs/embedded"
)

func TestEnsureTopics(t *testing.T) {
	k, err := embedded.StartKafka(t.Context(), embedded.KafkaConfig{Partitions: 3}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	cfg := bus.Config{Brokers: []string{k.Addr()}, Company: "demo", Topics: bus.TopicSettings{
		Retention: 7 * 24 * time.Hour, MinInSync: 1,
	}}
	groups := map[string][]string{"dispatch": {ticketTopic}}
	for range 2 { // what is there already is left alone
		if err := bus.EnsureTopics(t.Context(), cfg, groups); err != nil {
			t.Fatal(err)
		}
	}
	for topic, want := range map[string]struct {
		partitions int
		retention  string
	}{
		"demo.tickets.ticket.v1":              {3, "604800000"},
		"demo.dispatch.tickets.ticket.v1.dlq": {1, "2592000000"},
	} {
		info := k.Cluster().TopicInfo(topic)
		if info == nil {
			t.Errorf("%s was not made", topic)
			continue
		}
		if got := len(k.Cluster().PartitionInfos(topic)); got != want.partitions {
			t.Errorf("%s has %d partitions, want %d", topic, got, want.partitions)
		}
		if got := *info.Configs["retention.ms"]; got != want.retention {
			t.Errorf("%s keeps records for %s ms, want %s", topic, got, want.retention)
		}
		if got := *info.Configs["min.insync.replicas"]; got != "1" {
			t.Errorf("%s wants %s replicas in sync", topic, got)
		}
	}
}

// The client remembers for seconds that a topic does not exist; a writer that met it too early must not wait that long.
func TestPublishToATopicThatIsNew(t *testing.T) {
	k, err := embedded.StartKafka(t.Context(), embedded.KafkaConfig{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	cfg := bus.Config{Brokers: []string{k.Addr()}, Company: "test"}
	w, err := bus.NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Publish(t.Context(), []bus.Message{opened(t, "k0", 0)}); !errors.Is(err, kafka.UnknownTopicOrPartition) || bus.IsPermanent(err) {
		t.Fatalf("published to a topic that nobody made: %v", err)
	}
	if err := bus.EnsureTopics(t.Context(), cfg, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Publish(t.Context(), []bus.Message{opened(t, "k0", 0)}); err != nil {
		t.Fatal(err)
	}
}

func TestPublishRefusesForEver(t *testing.T) {
	b := bustest.Start(t, nil)
	large := opened(t, "k0", 0)
	large.Data = make([]byte, 2<<20)
	empty := opened(t, "k0", 0)
	empty.Data = nil
	for name, m := range map[string]bus.Message{"too large": large, "empty": empty} {
		if err := b.Writer.Publish(t.Context(), []bus.Message{m}); !bus.IsPermanent(err) {
			t.Errorf("%s: %v, want a permanent error", name, err)
		}
	}
	if err := b.Writer.Publish(t.Context(), nil); err != nil {
		t.Errorf("nothing: %v", err)
	}
}

// Events of a key keep their order over many calls and over calls that are cut into chunks.
func TestPublishKeepsOrder(t *testing.T) {
	b := bustest.Start(t, nil)
	r := b.Record(t, ticketTopic)
	var all []bus.Message
	for n := range 1000 {
		all = append(all, opened(t, "k0", n))
	}
	b.Publish(t, all[:1]...)
	b.Publish(t, all[1:350]...)
	b.Publish(t, all[350:]...)
	for n, want := range all {
		if got := r.Next(t.Context(), want.Type); got.ID != want.ID {
			t.Fatalf("message %d is not the one that was published then", n)
		}
	}
}
