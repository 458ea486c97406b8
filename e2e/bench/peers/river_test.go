package peers

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// riverQueue is River with the settings of its own benchmark: many workers, and hardly a pause between two fetches.
type riverQueue struct {
	pool    *pgxpool.Pool
	insert  *river.Client[pgx.Tx]
	workers *river.Workers
	queued  atomic.Int64
	worked  atomic.Int64
}

// news is a job of the size of our event.
type news struct {
	Staff   string `json:"staff"`
	Subject int    `json:"subject"`
}

// Kind names the job.
func (news) Kind() string { return "news" }

type idle struct {
	river.WorkerDefaults[news]

	worked *atomic.Int64
}

// Work does nothing but be counted.
func (w *idle) Work(context.Context, *river.Job[news]) error {
	w.worked.Add(1)
	return nil
}

// pool opens connections to a schema of its own.
func pool(b *testing.B, schema string) *pgxpool.Pool {
	b.Helper()
	cfg, err := pgxpool.ParseConfig(address(b, postgres))
	if err != nil {
		b.Fatal(err)
	}
	cfg.MaxConns = connections
	cfg.ConnConfig.RuntimeParams["search_path"] = schema
	p, err := pgxpool.NewWithConfig(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.Close)
	if _, err := p.Exec(b.Context(), "CREATE SCHEMA "+schema); err != nil {
		b.Fatal(err)
	}
	return p
}

func openRiver(b *testing.B) carrier {
	b.Helper()
	r := &riverQueue{pool: pool(b, "river"), workers: river.NewWorkers()}
	migrator, err := rivermigrate.New(riverpgxv5.New(r.pool), nil)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := migrator.Migrate(b.Context(), rivermigrate.DirectionUp, nil); err != nil {
		b.Fatal(err)
	}
	river.AddWorker(r.workers, &idle{worked: &r.worked})
	if r.insert, err = river.NewClient(riverpgxv5.New(r.pool), &river.Config{}); err != nil {
		b.Fatal(err)
	}
	return r
}

func (r *riverQueue) one(ctx context.Context, n int) error {
	r.queued.Add(1)
	return pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		_, err := r.insert.InsertTx(ctx, tx, news{Staff: "d1", Subject: n}, nil)
		return err
	})
}

func (r *riverQueue) many(ctx context.Context, n int) error {
	jobs := make([]river.InsertManyParams, n)
	for i := range jobs {
		jobs[i].Args = news{Staff: "d1", Subject: i}
	}
	r.queued.Add(int64(n))
	_, err := r.insert.InsertManyFast(ctx, jobs)
	return err
}

func (r *riverQueue) work(b *testing.B) (stop func()) {
	b.Helper()
	client, err := river.NewClient(riverpgxv5.New(r.pool), &river.Config{
		Workers: r.workers, Logger: slog.New(slog.DiscardHandler),
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2000}},
		FetchCooldown: 2 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond,
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := client.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	return func() {
		if err := client.Stop(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	}
}

func (r *riverQueue) done(ctx context.Context) (done bool, err error) {
	if r.worked.Load() < r.queued.Load() {
		return false, nil
	}
	err = r.pool.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM river_job WHERE state IN ('available', 'running'))`).Scan(&done)
	return done, err
}
