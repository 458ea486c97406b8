package tickets

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/linlihub/linli/libs/store"
	rows "github.com/linlihub/linli/services/tickets/store"
)

// dueAtOnce bounds how many deadlines one look takes.
const dueAtOnce = 100

// lookAgain is the longest time, of the wall, between two looks: another replica may have saved an earlier deadline.
const lookAgain = time.Second

// watchDeadlines fires deadlines when their time comes: escalations of what nobody has taken, and closing by itself.
// Every replica may watch: a deadline fires in the transaction that removes it.
func (d *Desk) watchDeadlines(ctx context.Context, ready func()) error {
	ready()
	for ctx.Err() == nil {
		d.nextLook.Store(math.MaxInt64) // what is saved from now on may be missed by this look
		wait, err := d.fireDue(ctx)
		if err != nil && ctx.Err() == nil {
			d.log.WarnContext(ctx, "deadlines could not be looked at, trying again", "error", err)
			wait = d.lookAgain()
		}
		d.nextLook.Store(d.clock.Now().Add(wait).UnixNano())
		timer := d.clock.NewTimer(wait)
		select {
		case <-timer.C:
		case <-d.woken:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

func (d *Desk) lookAgain() time.Duration { return time.Duration(float64(lookAgain) * d.clock.Speed()) }

// fireDue fires what is due and answers how long to wait, in domain time.
func (d *Desk) fireDue(ctx context.Context) (time.Duration, error) {
	longest := d.lookAgain()
	for {
		due, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) ([]rows.Due, error) {
			return d.rows.NextDue(ctx, tx, dueAtOnce)
		})
		if err != nil || len(due) == 0 {
			return longest, err
		}
		now := d.clock.Now()
		var failed error // one bad ticket must not silence the others
		for _, deadline := range due {
			if deadline.At.After(now) {
				return min(deadline.At.Sub(now), longest), failed
			}
			if err := d.fire(ctx, deadline); err != nil {
				failed = errors.Join(failed, fmt.Errorf("fire %s of %s: %w", deadline.Kind, deadline.TicketID, err))
			}
		}
		if failed != nil {
			return 0, failed
		}
	}
}

func (d *Desk) fire(ctx context.Context, due rows.Due) error {
	return d.db.InTurn(ctx, func(ctx context.Context, tx *store.Tx) error {
		t, err := d.rows.Load(ctx, tx, due.TicketID)
		if err != nil {
			return err
		}
		if !t.Fire(due.Kind, d.clock.Now()) {
			return d.rows.DropDue(ctx, tx, due)
		}
		return d.save(ctx, tx, t)
	}, turnOf(due.TicketID))
}
