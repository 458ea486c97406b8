package dispatch

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/dispatch/board"
)

const (
	// glance is how often offers are looked at, in real time: with a fast clock three minutes may be a blink.
	glance = 50 * time.Millisecond
	// wakeEvery is how many glances lie between two looks at what waits. A board itself wants to be woken every half minute; with a
	// fast clock that would be every glance.
	wakeEvery = 4
	// refreshEvery is how many glances lie between two looks at what other replicas did.
	refreshEvery = 20
)

// sweep ends offers whose time is over and replans what waits. Every replica may sweep: boards are fenced.
func (d *Desk) sweep(ctx context.Context, ready func()) error {
	ready()
	wall, known := clock.Real(), false
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-wall.After(glance):
		}
		if !known { // what was not told when the process was killed
			shared, err := read(ctx, d.db, d.rows.SharedStaff)
			d.boards.share(shared...)
			known = err == nil
		}
		if err := d.sweepAll(ctx, n%refreshEvery == 0, n%wakeEvery == 0); err != nil && ctx.Err() == nil {
			d.log.WarnContext(ctx, "sweep failed, trying again", "error", err)
		}
	}
}

func (d *Desk) sweepAll(ctx context.Context, refresh, wake bool) error {
	if refresh {
		districts, err := read(ctx, d.db, d.rows.Districts)
		if err != nil {
			return err
		}
		d.districts = districts
		if err := d.forgetMoved(ctx); err != nil {
			return err
		}
		if err := d.settleLoans(ctx); err != nil {
			return err
		}
	}
	if err := d.tellNeighbours(ctx); err != nil {
		return err
	}
	for _, district := range d.districts {
		if !d.isDue(district, wake) {
			continue
		}
		_, err := change(ctx, d.boards, district, func(_ context.Context, _ *store.Tx, b *board.Board) (*emptypb.Empty, error) {
			b.Wake(d.clock.Now())
			return &emptypb.Empty{}, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetMoved gives up the boards in memory that another replica has moved on. Its offers would never lapse here, should it
// be gone.
func (d *Desk) forgetMoved(ctx context.Context) error {
	_, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (*emptypb.Empty, error) {
		for _, district := range d.districts {
			version, err := d.rows.Version(ctx, tx, district)
			if err != nil {
				return nil, err
			}
			d.boards.forget(district, version)
		}
		return &emptypb.Empty{}, nil
	})
	return err
}

// isDue looks at the board in memory: most glances find nothing to do and cost nothing.
func (d *Desk) isDue(district string, wake bool) bool {
	due := true
	d.boards.peek(district, func(b *board.Board) {
		next := b.NextDue()
		due = !next.IsZero() && !d.clock.Now().Before(next) || wake && b.Restless(d.clock.Now())
	})
	return due
}
