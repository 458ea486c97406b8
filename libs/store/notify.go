package store

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// exchange carries signals between the processes that share a schema, by PostgreSQL's NOTIFY.
//
// The notification follows the commit, in a statement of its own, and is no part of the transaction: a transaction that
// notifies holds a lock of the whole cluster while it waits for the disk, so that commits could no longer share a sync.
// What a crash between the two loses is found by looking. Signals that are set while one is on its way are told together.
type exchange struct {
	config  Config
	channel string
	self    string // so that we do not wake twice

	once sync.Once
	stop context.CancelFunc
	done sync.WaitGroup
	db   *DB
	log  *slog.Logger

	mu      sync.Mutex
	pending map[string]bool
	kick    chan struct{}
}

func newExchange(config Config) *exchange {
	return &exchange{
		config: config, channel: "linli_" + config.Schema, self: fmt.Sprintf("%x", rand.Uint64()),
		stop: func() {}, pending: map[string]bool{}, kick: make(chan struct{}, 1),
	}
}

// hear starts the exchange, once somebody has a use for it.
func (x *exchange) hear(db *DB) {
	x.once.Do(func() {
		ctx, stop := context.WithCancel(context.Background())
		x.stop, x.db, x.log = stop, db, db.log
		x.done.Go(func() { x.listen(ctx) })
		x.done.Go(func() { x.speak(ctx) })
	})
}

// silence ends the exchange.
func (x *exchange) silence() {
	x.once.Do(func() {}) // it must not start any more
	x.stop()
	x.done.Wait()
}

func (x *exchange) tell(name string) {
	x.mu.Lock()
	x.pending[name] = true
	x.mu.Unlock()
	select {
	case x.kick <- struct{}{}:
	default: // it is on its way
	}
}

// speak sends what was set, one statement at a time.
func (x *exchange) speak(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.kick:
		}
		x.mu.Lock()
		names := x.pending
		x.pending = map[string]bool{}
		x.mu.Unlock()
		for name := range names {
			if err := x.notify(ctx, name); err != nil && ctx.Err() == nil {
				x.log.Debug("signal is not told to other processes", "signal", name, "error", err)
			}
		}
	}
}

func (x *exchange) notify(ctx context.Context, name string) error {
	release, err := x.db.writer.enter(ctx)
	if err != nil {
		return err
	}
	defer release()
	_, err = x.db.writer.db.ExecContext(ctx, `SELECT pg_notify($1, $2)`, x.channel, x.self+" "+name)
	return err
}

// listen hears on a connection of its own, and makes another when it is cut.
func (x *exchange) listen(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		err := x.attend(ctx, func() { failures = 0 })
		if ctx.Err() != nil {
			return
		}
		if failures++; failures == 1 {
			x.log.Warn("cannot hear other processes, trying again", "error", err)
		}
		timer := time.NewTimer(min(50*time.Millisecond<<min(failures, 10), 3*time.Second) + rand.N(50*time.Millisecond))
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

func (x *exchange) attend(ctx context.Context, connected func()) error {
	settings, err := x.config.postgres()
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	conn, err := pgx.ConnectConfig(ctx, settings)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{x.channel}.Sanitize()); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	connected()
	x.db.wakeAll()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("wait for a notification: %w", err)
		}
		from, name, _ := strings.Cut(n.Payload, " ")
		if s, waiting := x.db.signals.Load(name); waiting && from != x.self {
			s.(*Signal).wake()
		}
	}
}
