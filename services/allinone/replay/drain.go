package replay

import (
	"context"
	"time"

	"github.com/linlihub/linli/libs/clock"
)

// tellEvery is the pace of the line of progress.
const tellEvery = 3 * time.Second

// leastDrain is waited on the wall even when the clock runs so fast that a day is nothing.
const leastDrain = 30 * time.Second

// drain waits until every ticket has come to its end and its resident has decided, or the limit has passed.
func (r *run) drain(ctx context.Context) error {
	limit := max(r.Drain, time.Duration(r.clock.Speed()*float64(leastDrain)))
	timer := r.clock.NewTimer(limit)
	defer timer.Stop()
	for {
		open, unopened := r.tally.pending()
		if len(open) == 0 && unopened == 0 {
			return nil
		}
		select {
		case <-r.tally.changed:
		case <-timer.C:
			r.remarks = append(r.remarks, openRemark(len(open), limit.String()))
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tell reports progress until ctx ends.
func (r *run) tell(ctx context.Context) error {
	for {
		if err := clock.Wait(ctx, r.wall, r.wall.Now().Add(tellEvery)); err != nil {
			return err
		}
		n := r.tally.counts()
		open, unopened := r.tally.pending()
		r.Progress(Progress{
			Now: r.clock.Now(), Rows: len(r.Sheet.Rows), Opened: n.opened, Assigned: n.assigned, Finished: n.finished,
			Rated: n.rated, Left: unopened, Wait: len(open),
		})
	}
}
