package dispatch

import (
	"cmp"
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/plan"
	rows "github.com/linlihub/linli/services/dispatch/store"
)

// tellNeighbours lets the boards of technicians of several districts know what they do elsewhere: on each they have one queue only,
// and without this a board would take for free who is at a door next to it. What could not be told is told the next time.
func (d *Desk) tellNeighbours(ctx context.Context) error {
	var failed []error
	for _, staff := range d.boards.takeShared() {
		if err := d.tellOf(ctx, staff); err != nil {
			d.boards.share(staff)
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (d *Desk) tellOf(ctx context.Context, staff string) error {
	var districts []string
	visits, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (found []rows.Found, err error) {
		if districts, err = d.rows.DistrictsOf(ctx, tx, staff); err == nil {
			found, err = d.rows.VisitsOf(ctx, tx, staff)
		}
		return found, err
	})
	if err != nil {
		return err
	}
	for _, district := range districts {
		now := d.clock.Now()
		until := d.busyElsewhere(visits, staff, district, now)
		_, err := change(ctx, d.boards, district, func(_ context.Context, _ *store.Tx, b *board.Board) (*emptypb.Empty, error) {
			b.Away(staff, until, now)
			return &emptypb.Empty{}, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// busyElsewhere is when a technician is expected to be done with what they hold in other districts; zero: they hold nothing there.
func (d *Desk) busyElsewhere(visits []rows.Found, staff, district string, now time.Time) (until time.Time) {
	for _, f := range visits {
		if f.District == district || f.Visit.Staff != staff {
			continue
		}
		if end := f.Visit.Until(&f.Job, d.usual(), now); end.After(until) {
			until = end
		}
	}
	return until
}

// usual is how long a visit takes of which nothing is known.
func (d *Desk) usual() time.Duration {
	return cmp.Or(d.rows.Settings.Policy.Standard, plan.Default().Standard)
}
