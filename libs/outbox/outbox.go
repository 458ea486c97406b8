package outbox

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/id"
	"github.com/linlihub/linli/libs/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Publisher sends messages to the bus. bus.Writer is one.
type Publisher interface {
	// Publish returns nil once all messages are safe. After an error any of them may have been sent, and the same ones come
	// again; but of a key it must not have sent a message after one that it did not send.
	Publish(ctx context.Context, messages []bus.Message) error
}

// Config of an Outbox. Source and Publisher are needed for Run, the rest has defaults.
type Config struct {
	// Source is the service whose events these are.
	Source    string
	Publisher Publisher
	// Log is silent unless given.
	Log *slog.Logger

	// Shards is how many relays share the keys, each of them perhaps in another replica; 1 unless given, 64 at most. Replicas
	// of one service must agree on it: to change it, stop them all.
	Shards int
	// Batch is how many events are published at a time; 256 unless given.
	Batch int
	// Lease is how long the events of a dead replica wait for another one; 15 s unless given.
	Lease time.Duration
	// Look is how often a relay looks without being woken, for a signal of another replica may be lost; 1 s unless given.
	Look time.Duration

	// KeepPublished is how long published rows are kept, for a broker that lost its log to be filled again; 24 h unless given.
	KeepPublished time.Duration
	// KeepInbox is how long an applied message is remembered; 8 days unless given, for it must outlast the topics' retention.
	KeepInbox time.Duration
	// KeepRows bounds both by number, so that a busy day does not grow the folder; 200,000 of each unless given. It must be
	// far more than can be in flight at a time.
	KeepRows int64
	// CleanEvery is how often what is old or too much is forgotten; 10 s unless given.
	CleanEvery time.Duration
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Shards = min(orElse(c.Shards, 1), slots)
	c.Batch = orElse(c.Batch, 256)
	c.Lease = orElse(c.Lease, 15*time.Second)
	c.Look = orElse(c.Look, time.Second)
	c.KeepPublished = orElse(c.KeepPublished, 24*time.Hour)
	c.KeepInbox = orElse(c.KeepInbox, 8*24*time.Hour)
	c.KeepRows = orElse(c.KeepRows, 200_000)
	c.CleanEvery = orElse(c.CleanEvery, 10*time.Second)
	return c
}

func orElse[T ~int | ~int64](value, otherwise T) T {
	if value <= 0 {
		return otherwise
	}
	return value
}

// Outbox is the outbox, inbox and idempotency records of one database.
type Outbox struct {
	db     *store.DB
	cfg    Config
	log    *slog.Logger
	holder string
}

// Open makes the tables of db and answers the Outbox, which publishes nothing until Run.
func Open(ctx context.Context, db *store.DB, cfg Config) (*Outbox, error) {
	if cfg.Source == "" {
		return nil, errors.New("open outbox: no source")
	}
	if err := db.Migrate(ctx, migrations, "outbox"); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	host, _ := os.Hostname() // only to be read by people: the id makes it unique
	return &Outbox{db: db, cfg: cfg, log: cfg.Log, holder: fmt.Sprintf("%s/%s", host, id.New())}, nil
}

// Waiting counts the rows that are not published yet.
func (o *Outbox) Waiting(ctx context.Context) (n int64, err error) {
	err = o.db.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM outbox_event WHERE published_at IS NULL`).Scan(&n)
	})
	return n, err
}
