package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Lease is the right to be the only one who does something, for a while. It runs on real time, by the clock of the database,
// because it guards against processes that died and not against anything of the domain.
//
// A lease alone cannot stop a holder that was paused and does not know yet that it lost: whoever must be safe from that
// writes Epoch beside what it changes and refuses a lower one.
type Lease struct {
	// Name of what is protected.
	Name string
	// Holder has it.
	Holder string
	// Epoch is higher than that of every earlier acquisition.
	Epoch int64

	db    *DB
	ttl   time.Duration
	until time.Time // by our own clock, never later than by the database's
}

// Acquire takes the lease for ttl, or answers [ErrHeld]. It never waits. It needs a database that was migrated.
func (db *DB) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (*Lease, error) {
	lease := &Lease{Name: name, Holder: holder, db: db, ttl: ttl}
	now := db.engine.now()
	err := db.Write(ctx, func(ctx context.Context, tx *Tx) error {
		lease.until = time.Now().Add(ttl)
		return tx.QueryRow(ctx, `
			INSERT INTO store_lease (name, holder, epoch, expires_at) VALUES (?, ?, 1, `+now+` + ?)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = store_lease.epoch + 1, expires_at = excluded.expires_at
			WHERE store_lease.expires_at <= `+now+`
			RETURNING epoch`, name, holder, ttl.Microseconds()).Scan(&lease.Epoch)
	})
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("lease %s: %w", name, ErrHeld)
	}
	if err != nil {
		return nil, fmt.Errorf("acquire lease %s: %w", name, err)
	}
	return lease, nil
}

// Renew keeps the lease for another ttl, or answers [ErrLost]. After any other error the lease is still held until its time
// is over.
func (l *Lease) Renew(ctx context.Context) error {
	until := time.Now().Add(l.ttl)
	now := l.db.engine.now()
	err := l.update(ctx, `UPDATE store_lease SET expires_at = `+now+` + ? WHERE name = ? AND epoch = ? AND expires_at > `+now,
		l.ttl.Microseconds(), l.Name, l.Epoch)
	if err != nil {
		return fmt.Errorf("renew lease %s: %w", l.Name, err)
	}
	l.until = until
	return nil
}

// Release gives the lease back, so that the next holder need not wait. It answers [ErrLost] when it was not ours any more.
func (l *Lease) Release(ctx context.Context) error {
	if err := l.update(ctx, `UPDATE store_lease SET expires_at = 0 WHERE name = ? AND epoch = ? AND expires_at > 0`, l.Name, l.Epoch); err != nil {
		return fmt.Errorf("release lease %s: %w", l.Name, err)
	}
	return nil
}

// update changes the row of the lease if it is still ours.
func (l *Lease) update(ctx context.Context, query string, args ...any) error {
	return l.db.Write(ctx, func(ctx context.Context, tx *Tx) error {
		rows, err := tx.Exec(ctx, query, args...)
		if err == nil && rows == 0 {
			return ErrLost
		}
		return err
	})
}

// Hold waits for the lease, runs fn while it is held and renewed, and gives it back. When the lease is lost the context of fn
// ends with the cause [ErrLost], and so does Hold once fn has returned. holder tells apart whoever may hold it at the
// same time: two processes need two names.
func (db *DB) Hold(ctx context.Context, name, holder string, ttl time.Duration, fn func(context.Context, *Lease) error) error {
	lease, err := db.await(ctx, name, holder, ttl)
	if err != nil {
		return err
	}
	held, lose := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		lease.keep(held, lose)
	}()
	err = fn(held, lease)
	lost := context.Cause(held)
	lose(nil)
	<-kept
	if errors.Is(lost, ErrLost) {
		return errors.Join(lost, err)
	}
	// The caller may be on its way out, but the next holder should not wait for that.
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), ttl/3)
	defer cancel()
	return errors.Join(err, lease.Release(bye))
}

// await looks often enough that a lease that ran out is taken within a fifth of its time, or a second.
func (db *DB) await(ctx context.Context, name, holder string, ttl time.Duration) (*Lease, error) {
	look := time.NewTicker(min(max(ttl/5, time.Millisecond), time.Second))
	defer look.Stop()
	for {
		lease, err := db.Acquire(ctx, name, holder, ttl)
		if err == nil {
			return lease, nil
		}
		if ctx.Err() == nil && !errors.Is(err, ErrHeld) {
			db.log.Warn("cannot acquire a lease", "lease", name, "error", err)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for lease %s: %w", name, context.Cause(ctx))
		}
	}
}

// keep renews until ctx ends. A database that does not answer costs the lease only when its time is over.
func (l *Lease) keep(ctx context.Context, lose context.CancelCauseFunc) {
	renew := time.NewTicker(max(l.ttl/3, time.Millisecond))
	defer renew.Stop()
	for {
		select {
		case <-renew.C:
		case <-ctx.Done():
			return
		}
		bounded, cancel := context.WithDeadline(ctx, l.until)
		err := l.Renew(bounded)
		cancel()
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, ErrLost) || !time.Now().Before(l.until):
			l.db.log.Warn("lease lost", "lease", l.Name, "holder", l.Holder, "epoch", l.Epoch, "error", err)
			lose(fmt.Errorf("lease %s: %w", l.Name, ErrLost))
			return
		default:
			l.db.log.Warn("cannot renew a lease", "lease", l.Name, "error", err)
		}
	}
}
