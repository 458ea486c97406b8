package peers

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	"golang.org/x/sync/errgroup"
)

const (
	connections = 16 // of each to the same PostgreSQL
	writers     = 32 // commit at a time
)

// carrier takes rows that are written with a change and brings each to somebody, afterwards and at least once.
type carrier interface {
	// one commits a single row, as a request does; many commits a backlog.
	one(ctx context.Context, n int) error
	many(ctx context.Context, n int) error
	// work carries until stop is called.
	work(b *testing.B) (stop func())
	// done says whether nothing waits any more, in the database.
	done(ctx context.Context) (bool, error)
}

// BenchmarkOutbox compares our relay, which publishes to a real Kafka that syncs before it acknowledges, with River and
// watermill-sql, whose workers do nothing at all, and with watermill-sql that forwards to the same Kafka, on the same PostgreSQL
// with durable commits. "through" is from the first
// insert, one row a transaction by 32 writers at a time, until the last row is marked as done; "backlog" only works off
// what was inserted before. The figures are medians of rounds in turn, so that all see the same weather.
func BenchmarkOutbox(b *testing.B) {
	rows, rounds := setting(b, "LINLI_BENCH_ROWS", 5000), setting(b, "LINLI_BENCH_ROUNDS", 3)
	names := []string{"ours", "river", "watermill", "forwarder"}
	carriers := map[string]carrier{"ours": openOurs(b), "river": openRiver(b), "watermill": openWatermill(b), "forwarder": openForwarder(b)}
	through, backlog := map[string][]float64{}, map[string][]float64{}
	for b.Loop() {
		for round := range rounds + 1 {
			for _, name := range names {
				t, w := throughput(b, carriers[name], rows), drained(b, carriers[name], rows)
				if round > 0 { // the first warms up
					through[name], backlog[name] = append(through[name], t), append(backlog[name], w)
				}
			}
		}
	}
	for _, name := range names {
		b.ReportMetric(median(through[name]), name+"-through/s")
		b.ReportMetric(median(backlog[name]), name+"-backlog/s")
		if name != "ours" {
			b.ReportMetric(median(through["ours"])/median(through[name]), "through/"+name)
			b.ReportMetric(median(backlog["ours"])/median(backlog[name]), "backlog/"+name)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// throughput is rows a second, inserted and carried at the same time.
func throughput(b *testing.B, c carrier, rows int) float64 {
	b.Helper()
	defer c.work(b)()
	began := time.Now()
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(writers)
	for n := range rows {
		group.Go(func() error { return c.one(ctx, n) })
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	return finished(b, c, rows, began)
}

// drained is rows a second of those that wait already.
func drained(b *testing.B, c carrier, rows int) float64 {
	b.Helper()
	if err := c.many(b.Context(), rows); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	defer c.work(b)()
	return finished(b, c, rows, began)
}

func finished(b *testing.B, c carrier, rows int, began time.Time) float64 {
	b.Helper()
	limit, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	if err := eventually(limit, func() (bool, error) { return c.done(limit) }); err != nil {
		b.Fatalf("%T: %v", c, err)
	}
	return float64(rows) / time.Since(began).Seconds()
}

// ours is the platform's outbox as a service has it.
type ours struct {
	db     *store.DB
	box    *outbox.Outbox
	writer *counted
}

// counted is the writer of the bus, and how much it has published.
type counted struct {
	*bus.Writer
	published atomic.Int64
	added     atomic.Int64
}

// Publish publishes and counts.
func (c *counted) Publish(ctx context.Context, messages []bus.Message) error {
	err := c.Writer.Publish(ctx, messages)
	if err == nil {
		c.published.Add(int64(len(messages)))
	}
	return err
}

func openOurs(b *testing.B) carrier {
	b.Helper()
	cfg := bus.Config{Brokers: []string{address(b, broker)}, Company: "peers"}
	if err := bus.EnsureTopics(b.Context(), cfg, nil); err != nil {
		b.Fatal(err)
	}
	w, err := bus.NewWriter(cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = w.Close() })
	o := &ours{writer: &counted{Writer: w}}
	o.db, err = store.Open(b.Context(), store.Config{DSN: address(b, postgres), Schema: "ours", MaxOpen: connections}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = o.db.Close() })
	if o.box, err = outbox.Open(b.Context(), o.db, outbox.Config{Source: "hr", Publisher: o.writer}); err != nil {
		b.Fatal(err)
	}
	return o
}

func (o *ours) add(ctx context.Context, tx *store.Tx, n int) error {
	key := fmt.Sprintf("d%d", n%100)
	o.writer.added.Add(1)
	return outbox.Add(ctx, tx, outbox.Event{Key: key, Subject: fmt.Sprint(n), Time: time.Now(), Message: &hrv1.DutyStarted{StaffId: key}})
}

func (o *ours) one(ctx context.Context, n int) error {
	return o.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return o.add(ctx, tx, n) })
}

func (o *ours) many(ctx context.Context, rows int) error {
	return o.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for n := range rows {
			if err := o.add(ctx, tx, n); err != nil {
				return err
			}
		}
		return nil
	})
}

func (o *ours) work(b *testing.B) (stop func()) {
	b.Helper()
	return during(b, func(ctx context.Context) error { return o.box.Run(ctx, func() {}) })
}

func (o *ours) done(ctx context.Context) (bool, error) {
	if o.writer.published.Load() < o.writer.added.Load() {
		return false, nil
	}
	waiting, err := o.box.Waiting(ctx)
	return waiting == 0, err
}

// during runs something until stop is called.
func during(b *testing.B, run func(ctx context.Context) error) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}
