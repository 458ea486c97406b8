package bench

import (
	"context"
	"encoding/binary"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/linlihub/linli/libs/embedded"
	"github.com/linlihub/linli/libs/store"
	"github.com/segmentio/kafka-go"
)

// yard is the unit in which the path of a ticket is told: the same kind of servers without the platform. A durable commit is
// one row in a database that waits for the disk; a hop is one record written and read by the bare Kafka client.
type yard struct {
	db     *store.DB
	writer *kafka.Writer

	mu   sync.Mutex
	next uint64
	seen map[uint64]chan struct{}
}

func openYard(b *testing.B) *yard {
	b.Helper()
	log, dir := slog.New(slog.DiscardHandler), b.TempDir()
	broker, err := embedded.StartKafka(b.Context(), embedded.KafkaConfig{Dir: filepath.Join(dir, "kafka")}, log)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = broker.Close() })
	return openYardOn(b, store.Config{DSN: "sqlite:" + filepath.Join(dir, "yard.db")}, broker.Addr())
}

// openYardOn takes the servers that the platform is on.
func openYardOn(b *testing.B, database store.Config, broker string) *yard {
	b.Helper()
	y := &yard{seen: map[uint64]chan struct{}{}}
	var err error
	if y.db, err = store.Open(b.Context(), database, slog.New(slog.DiscardHandler)); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = y.db.Close() })
	rows := fstest.MapFS{"0001_create_row.sql": {Data: []byte("-- +goose Up\nCREATE TABLE yard_row (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data TEXT NOT NULL);\n")}}
	if err := y.db.Migrate(b.Context(), rows, "yard"); err != nil {
		b.Fatal(err)
	}
	y.openTopic(b, broker)
	return y
}

func (y *yard) openTopic(b *testing.B, addr string) {
	b.Helper()
	client := kafka.Client{Addr: kafka.TCP(addr)}
	_, err := client.CreateTopics(b.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: "yard", NumPartitions: 1, ReplicationFactor: 1}}})
	if err != nil {
		b.Fatal(err)
	}
	y.writer = &kafka.Writer{Addr: kafka.TCP(addr), Topic: "yard", BatchSize: 1, RequiredAcks: kafka.RequireAll, Transport: &kafka.Transport{}}
	b.Cleanup(func() { _ = y.writer.Close() })
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{addr}, Topic: "yard", MinBytes: 1, MaxBytes: 1 << 20, MaxWait: time.Second})
	b.Cleanup(func() { _ = reader.Close() })
	ctx, stop := context.WithCancel(b.Context())
	b.Cleanup(stop)
	go func() {
		for {
			m, err := reader.FetchMessage(ctx)
			if err != nil {
				return
			}
			y.mu.Lock()
			close(y.seen[binary.BigEndian.Uint64(m.Key)])
			y.mu.Unlock()
		}
	}()
}

var payload = make([]byte, 400)

func (y *yard) commit(ctx context.Context) error {
	return y.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO yard_row (data) VALUES (?)`, "一户水管漏水")
		return err
	})
}

func (y *yard) hop(ctx context.Context) error {
	seen := make(chan struct{})
	y.mu.Lock()
	y.next++
	key := binary.BigEndian.AppendUint64(nil, y.next)
	y.seen[y.next] = seen
	y.mu.Unlock()
	if err := y.writer.WriteMessages(ctx, kafka.Message{Key: key, Value: payload}); err != nil {
		return err
	}
	<-seen
	return nil
}

// measure takes two commits and two hops, one after the other, at the same constant rate as the tickets will come.
func (y *yard) measure(b *testing.B, rate int, d time.Duration) *sample {
	b.Helper()
	took := &sample{}
	openLoop(b.Context(), rate, d, func(ctx context.Context, _ int, due time.Time) {
		for _, step := range []func(context.Context) error{y.commit, y.hop, y.commit, y.hop} {
			if err := step(ctx); err != nil {
				b.Error("yard:", err)
				return
			}
		}
		took.add(time.Since(due))
	})
	return took
}
