package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/linlihub/linli/libs/store"
)

const (
	// cleanStep is small, so that nobody who writes waits long for a step.
	cleanStep = 250
	// behind is what has piled up since the last time when it is better not to wait for the next.
	behind = 20 * cleanStep
)

// record is one table and what of it may be forgotten.
type record struct {
	table, age string
	keep       time.Duration
	rows       int64 // 0: any number
}

// cleanUp forgets, from time to time, what no longer serves.
func (o *Outbox) cleanUp(ctx context.Context) {
	for {
		gone, err := o.clean(ctx, time.Now())
		if err != nil && ctx.Err() == nil {
			o.log.Warn("clean-up failed", "error", err)
		}
		if gone < behind && !sleep(ctx, nil, o.cfg.CleanEvery) || ctx.Err() != nil {
			return
		}
	}
}

// Clean forgets published events, applied messages and kept answers that are old enough at now, or too many.
func (o *Outbox) Clean(ctx context.Context, now time.Time) error {
	_, err := o.clean(ctx, now)
	return err
}

func (o *Outbox) clean(ctx context.Context, now time.Time) (gone int64, err error) {
	for _, r := range []record{
		{"outbox_event", "published_at", o.cfg.KeepPublished, o.cfg.KeepRows},
		{"outbox_inbox", "seen_at", o.cfg.KeepInbox, o.cfg.KeepRows},
		{"outbox_idempotency", "answered_at", KeepAnswers, 0},
	} {
		rows, err := o.forget(ctx, r, now)
		if gone += rows; err != nil {
			return gone, fmt.Errorf("clean %s: %w", r.table, err)
		}
	}
	return gone, nil
}

// forget goes through a table in the order of its ids, which is nearly that of age, and stops at the first step in which it
// finds little to do. So it reads no more than it deletes, and the table needs no index by age.
func (o *Outbox) forget(ctx context.Context, r record, now time.Time) (gone int64, err error) {
	var last int64
	err = o.db.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM `+r.table).Scan(&last)
	})
	if err != nil {
		return 0, err
	}
	surplus := int64(0)
	if r.rows > 0 {
		surplus = last - r.rows
	}
	// What is not published has no age, and is passed over.
	step := fmt.Sprintf(`DELETE FROM %[1]s WHERE id IN (
		SELECT id FROM (SELECT id, %[2]s FROM %[1]s WHERE %[2]s IS NOT NULL ORDER BY id LIMIT %[3]d) AS oldest
		WHERE %[2]s < ? OR id <= ?)`, r.table, r.age, cleanStep)
	for {
		rows, err := o.db.Lazily(ctx, step, store.Micros(now.Add(-r.keep)), surplus)
		if gone += rows; err != nil || rows < cleanStep/2 {
			return gone, err
		}
	}
}
