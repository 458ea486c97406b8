package bus_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	"github.com/linlihub/linli/libs/embedded"
)

// Consumers come and go while 20,000 events of 200 keys pass; every event has its effect once, and in the order of its key.
func TestOrderPerKeyWhileConsumersComeAndGo(t *testing.T) {
	const keys, perKey, batch = 200, 100, 100
	in := newInbox()
	b := startPartitioned(t, 6, in.router(t))
	quick(&b.Config)
	stops := []func(){b.Consume(t, "dispatch", in.router(t)), b.Consume(t, "dispatch", in.router(t))}
	changes := map[int]func(){
		40:  func() { stops = append(stops, b.Consume(t, "dispatch", in.router(t))) },
		80:  func() { stops[0]() },
		120: func() { stops = append(stops, b.Consume(t, "dispatch", in.router(t))) },
		160: func() { stops[1]() },
	}
	var messages []bus.Message
	for n := range perKey {
		for k := range keys {
			messages = append(messages, opened(t, fmt.Sprint("k", k), n))
		}
	}
	for i := 0; i < len(messages); i += batch {
		if change := changes[i/batch]; change != nil {
			change()
		}
		b.Publish(t, messages[i:i+batch]...)
	}
	in.wait(t, keys*perKey)
	in.checkOrder(t, keys, perKey)
	t.Logf("%d events, %d of them came more than once", in.count, in.again)
	if letters := deadLetters(t, b, "dispatch"); len(letters) != 0 {
		t.Errorf("%d dead letters, want none", len(letters))
	}
}

func startPartitioned(t *testing.T, partitions int, r *bus.Router) *bustest.Bus {
	t.Helper()
	k, err := embedded.StartKafka(t.Context(), embedded.KafkaConfig{Partitions: 2}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	cfg := bus.Config{Brokers: []string{k.Addr()}, Company: "test", Topics: bus.TopicSettings{Partitions: partitions}}
	if err := bus.EnsureTopics(t.Context(), cfg, map[string][]string{"dispatch": r.Topics()}); err != nil {
		t.Fatal(err)
	}
	w, err := bus.NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return &bustest.Bus{Config: cfg, Kafka: k, Writer: w}
}
