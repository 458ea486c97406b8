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
)

// watermillTable is watermill-sql with its default schema and batch of 100. Its pause when it found nothing is shorter than
// its own of a second, lest only that be measured.
type watermillTable struct {
	pool    *pgxpool.Pool
	schema  watermillsql.DefaultPostgreSQLSchema
	sent    atomic.Int64
	arrived atomic.Int64
}

const watermillTopic = "news"

func openWatermill(b *testing.B) carrier {
	b.Helper()
	w := &watermillTable{pool: pool(b, "watermill")}
	if err := w.subscriber(b).SubscribeInitialize(watermillTopic); err != nil {
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
		return publisher.Publish(watermillTopic, messages...)
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
		messages, err := s.Subscribe(ctx, watermillTopic)
		if err != nil {
			return err
		}
		for m := range messages {
			w.arrived.Add(1)
			m.Ack()
		}
		return s.Close()
	})
}

func (w *watermillTable) done(context.Context) (bool, error) {
	return w.arrived.Load() >= w.sent.Load(), nil
}
