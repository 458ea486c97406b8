package dispatch

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/store"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/load"
	rows "github.com/linlihub/linli/services/dispatch/store"
)

const (
	// longest is how long before its end a visit was offered at most: older ones are not looked for.
	longest = 7 * 24 * time.Hour
	// crowd is how many people a median hides: that of two tells each what the other did.
	crowd = 3
)

// ListLoads answers what each technician of a district in the caller's scope did today and in seven days.
func (b *Boards) ListLoads(ctx context.Context, req *dispatchv1.ListLoadsRequest) (*dispatchv1.Loads, error) {
	if !authz.From(ctx).Reaches(req.GetDistrictId()) {
		return nil, fault.NotFound
	}
	return read(ctx, b.desk.db, func(ctx context.Context, tx *store.Tx) (*dispatchv1.Loads, error) {
		sheet, technicians, err := b.desk.sheet(ctx, tx, req.GetDistrictId())
		return toProtoLoads(req.GetDistrictId(), sheet, technicians), err
	})
}

// sheet is what the technicians of a district did, here and where they were lent to.
func (d *Desk) sheet(ctx context.Context, tx *store.Tx, district string) (sheet load.Sheet, technicians []board.TechnicianRow, err error) {
	technicians, err = d.rows.Technicians(ctx, tx, district)
	if err != nil {
		return sheet, nil, err
	}
	technicians = slices.DeleteFunc(technicians, func(t board.TechnicianRow) bool { return !belongs(&t, district) })
	now := d.clock.Now()
	found, err := d.rows.Works(ctx, tx, district, load.Since(now).Add(-longest))
	if err != nil {
		return sheet, nil, err
	}
	onDuty := map[string]bool{}
	for _, t := range technicians {
		onDuty[t.ID] = t.OnDuty
	}
	return load.Reckon(onDuty, d.worked(found), now), technicians, nil
}

// belongs says that somebody on a board is of the district: not lent to it, and not one who has moved away.
func belongs(t *board.TechnicianRow, district string) bool {
	return t.LentBy == "" && slices.Contains(t.Districts, district)
}

// worked are the visits that were done. How long one with a pause took nobody knows: the standard time counts.
func (d *Desk) worked(found []rows.Found) (jobs []load.Job) {
	for _, f := range found {
		v := f.Visit
		if v.State != board.Finished {
			continue
		}
		took := v.EndedAt.Sub(v.DepartedAt)
		if v.Interrupted {
			took = v.ArrivedAt.Sub(v.DepartedAt) + cmp.Or(f.Job.Standard, d.usual())
		}
		jobs = append(jobs, load.Job{Staff: v.Staff, End: v.EndedAt, Took: took, Way: v.Way})
	}
	return jobs
}

// ownLoads is of a district's sheet what one of its technicians may see: their own row, and medians that tell nothing of one colleague.
func (d *Desk) ownLoads(ctx context.Context, tx *store.Tx, district, staff string) (*dispatchv1.Loads, error) {
	sheet, technicians, err := d.sheet(ctx, tx, district)
	if err != nil {
		return nil, err
	}
	loads := toProtoLoads(district, sheet, technicians)
	loads.Loads = slices.DeleteFunc(loads.Loads, func(l *dispatchv1.Loads_Load) bool { return l.GetStaffId() != staff })
	if sheet.CountedToday < crowd {
		loads.MedianToday = nil
	}
	if sheet.CountedWeek < crowd {
		loads.MedianWeek = nil
	}
	return loads, nil
}
