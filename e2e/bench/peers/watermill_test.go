package peers

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	watermillsql "github.com/ThreeDotsLabs/watermill-sql/v4/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/segmentio/kafka-go"
)

// watermillTable is watermill-sql with its default schema and batch of 100. Its pause when it found nothing is shorter than
// its own of a second, lest only that be measured.
type watermillTable struct {
	pool    *pgxpool.Pool
	schema  watermillsql.DefaultPostgreSQLSchema
	topic   string
	forward func(ctx context.Context, m *message.Message) error // nil: nothing is done with a message
	sent    atomic.Int64
	arrived atomic.Int64
}

func openWatermill(b *testing.B) carrier {
	b.Helper()
	return openTable(b, &watermillTable{topic: "news"})
}

// openForwarder does with each message what our relay does, and watermill's own Forwarder: the broker has it on disk before it
// is acknowledged to the table. Its subscriber hands over the next message when the last is acknowledged.
func openForwarder(b *testing.B) carrier {
	b.Helper()
	writer := &kafka.Writer{
		Addr: kafka.TCP(address(b, broker)), Topic: "forwarded", RequiredAcks: kafka.RequireAll, BatchSize: 1,
		AllowAutoTopicCreation: true, Transport: &kafka.Transport{},
	}
	b.Cleanup(func() { _ = writer.Close() })
	w := &watermillTable{topic: "forwarded", forward: func(ctx context.Context, m *message.Message) error {
		return writer.WriteMessages(ctx, kafka.Message{Key: []byte(m.UUID), Value: m.Payload})
	}}
	client := kafka.Client{Addr: writer.Addr}
	_, err := client.CreateTopics(b.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: w.topic, NumPartitions: 1, ReplicationFactor: 1}}})
	if err != nil {
		b.Fatal(err)
	}
	return openTable(b, w)
}

func openTable(b *testing.B, w *watermillTable) carrier {
	b.Helper()
	w.pool = pool(b, "watermill_"+w.topic)
	if err := w.subscriber(b).SubscribeInitialize(w.topic); err != nil {
		b.Fatal(err)
	}
	return w
}

func (w *watermillTable) subscriber(b *testing.B) *watermillsql.Subscriber {
	b.Helper()
	s, err := watermillsql.NewSubscriber(watermillsql.BeginnerFromPgx(w.pool), watermillsql.SubscriberConfig{
		SchemaAdapter: w.schema, OffsetsAdapter: watermillsql.DefaultPostgreSQLOffsetsAdapter{}, InitializeSchema: true,
		PollInterval: 10 * time.Millisecond,
	}, watermill.NopLogger{})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func (w *watermillTable) publish(ctx context.Context, messages ...*message.Message) error {
	w.sent.Add(int64(len(messages)))
	return pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		publisher, err := watermillsql.NewPublisher(watermillsql.TxFromPgx(tx), watermillsql.PublisherConfig{SchemaAdapter: w.schema}, watermill.NopLogger{})
		if err != nil {
			return err
		}
		return publisher.Publish(w.topic, messages...)
	})
}

func note() *message.Message {
	return message.NewMessage(watermill.NewUUID(), []byte(`{"staff":"d1","subject":1000}`))
}

func (w *watermillTable) one(ctx context.Context, _ int) error { return w.publish(ctx, note()) }

func (w *watermillTable) many(ctx context.Context, n int) error {
	for n > 0 { // a statement takes 65,535 arguments
		batch := make([]*message.Message, min(n, 1000))
		for i := range batch {
			batch[i] = note()
		}
		if err := w.publish(ctx, batch...); err != nil {
			return err
		}
		n -= len(batch)
	}
	return nil
}

func (w *watermillTable) work(b *testing.B) (stop func()) {
	b.Helper()
	return during(b, func(ctx context.Context) error {
		s := w.subscriber(b)
		messages, err := s.Subscribe(ctx, w.topic)
		if err != nil {
			return err
		}
		for m := range messages {
			if w.forward != nil {
				if err := w.forward(context.WithoutCancel(ctx), m); err != nil {
					return err
				}
			}
			w.arrived.Add(1)
			m.Ack()
		}
		return s.Close()
	})
}

func (w *watermillTable) done(context.Context) (bool, error) {
	return w.arrived.Load() >= w.sent.Load(), nil
}
