package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/store"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/load"
	rows "github.com/linlihub/linli/services/dispatch/store"
)

// GetDay answers the caller's day: what is done, then what comes in the order of the plan; what gave way to an emergency; and the
// caller's load beside the median of each district that the caller is of.
func (d *Desk) GetDay(ctx context.Context, _ *dispatchv1.GetDayRequest) (*dispatchv1.Day, error) {
	staff, now := authz.From(ctx).Staff, d.clock.Now()
	return read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (*dispatchv1.Day, error) {
		midnight := load.Midnight(now)
		answer := &dispatchv1.Day{Day: midnight.Format(time.DateOnly)}
		past, err := d.rows.VisitsSince(ctx, tx, staff, load.Since(now).Add(-longest))
		if err != nil {
			return nil, err
		}
		open, err := d.rows.VisitsOf(ctx, tx, staff)
		if err != nil {
			return nil, err
		}
		for _, f := range inOrder(past, open, staff, midnight) {
			answer.Visits = append(answer.Visits, toProtoVisit(f.District, f.Visit, f.Job))
		}
		if answer.Bumps, err = d.bumps(ctx, tx, past, midnight); err != nil {
			return nil, err
		}
		answer.Loads, err = d.loadsOf(ctx, tx, staff, past)
		return answer, err
	})
}

// inOrder are a technician's visits of a day: those done, by their end, then the open ones by the plan. What others were asked, too, is
// nobody's yet.
func inOrder(past, open []rows.Found, staff string, midnight time.Time) []rows.Found {
	day := slices.DeleteFunc(slices.Clone(past), func(f rows.Found) bool {
		return f.Visit.State != board.Finished || f.Visit.EndedAt.Before(midnight)
	})
	slices.SortStableFunc(day, func(x, y rows.Found) int { return x.Visit.EndedAt.Compare(y.Visit.EndedAt) })
	open = slices.DeleteFunc(slices.Clone(open), func(f rows.Found) bool { return f.Visit.Staff != staff })
	slices.SortStableFunc(open, func(x, y rows.Found) int { return board.ByPlan(x.Visit, y.Visit) })
	return append(day, open...)
}

// bumps are the visits of today that emergencies took precedence of.
func (d *Desk) bumps(ctx context.Context, tx *store.Tx, past []rows.Found, midnight time.Time) (bumps []*dispatchv1.Bump, err error) {
	for _, f := range past {
		if !f.Visit.Bumped() || f.Visit.EndedAt.Before(midnight) {
			continue
		}
		urgent, err := d.rows.Job(ctx, tx, f.Visit.GaveWayTo)
		if err != nil {
			return nil, err
		}
		bumps = append(bumps, &dispatchv1.Bump{
			Visit: toProtoVisit(f.District, f.Visit, f.Job), At: stamp(f.Visit.EndedAt),
			ForTicketNumber: urgent.Number, ForCategory: urgent.Category,
		})
	}
	return bumps, nil
}

// loadsOf is what a technician sees of the load in each district that they are of.
func (d *Desk) loadsOf(ctx context.Context, tx *store.Tx, staff string, past []rows.Found) (all []*dispatchv1.Loads, err error) {
	districts, err := d.rows.DistrictsOf(ctx, tx, staff)
	if err != nil {
		return nil, err
	}
	works := make([]rows.Work, len(past))
	for i, f := range past {
		works[i] = f.Work()
	}
	did := d.worked(works)
	for _, district := range districts {
		loads, err := d.ownLoads(ctx, tx, district, staff, did)
		if err != nil {
			return nil, err
		}
		if loads != nil { // else they only help there, or have moved
			all = append(all, loads)
		}
	}
	return all, nil
}
