package dispatch

import (
	"cmp"
	"context"
	"slices"
	"sync"
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
	// sheetKept is how long a sheet serves the medians that technicians are told: each looks often, and it is made of thousands of visits.
	sheetKept = 10 * time.Second
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
	works, err := d.rows.Works(ctx, tx, district, load.Since(now).Add(-longest))
	if err != nil {
		return sheet, nil, err
	}
	onDuty := map[string]bool{}
	for _, t := range technicians {
		onDuty[t.ID] = t.OnDuty
	}
	return load.Reckon(onDuty, d.worked(works), now), technicians, nil
}

// sheets keeps the last sheet of each district.
type sheets struct {
	mu   sync.Mutex
	kept map[string]keptSheet
}

type keptSheet struct {
	at          time.Time
	sheet       load.Sheet
	technicians []board.TechnicianRow
}

func (s *sheets) of(district string, now time.Time) (keptSheet, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, known := s.kept[district]
	return kept, known && now.Sub(kept.at).Abs() < sheetKept
}

func (s *sheets) keep(district string, made keptSheet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]keptSheet{}
	}
	s.kept[district] = made
}

// belongs says that somebody on a board is of the district: not lent to it, and not one who has moved away.
func belongs(t *board.TechnicianRow, district string) bool {
	return t.LentBy == "" && slices.Contains(t.Districts, district)
}

// worked are the visits that were done. How long one with a pause took nobody knows: the standard time counts.
func (d *Desk) worked(works []rows.Work) (jobs []load.Job) {
	for _, w := range works {
		if w.State != board.Finished {
			continue
		}
		took := w.EndedAt.Sub(w.DepartedAt)
		if w.Interrupted {
			took = w.ArrivedAt.Sub(w.DepartedAt) + cmp.Or(w.Standard, d.usual())
		}
		jobs = append(jobs, load.Job{Staff: w.Staff, End: w.EndedAt, Took: took, Way: w.Way})
	}
	return jobs
}

// ownLoads is of a district's sheet what one of its technicians may see: their own row, as it is now, and medians that tell nothing of
// one colleague. It is nil for who is not of the district.
func (d *Desk) ownLoads(ctx context.Context, tx *store.Tx, district, staff string, did []load.Job) (*dispatchv1.Loads, error) {
	now := d.clock.Now()
	made, fresh := d.sheets.of(district, now)
	if !fresh {
		made.at = now
		var err error
		if made.sheet, made.technicians, err = d.sheet(ctx, tx, district); err != nil {
			return nil, err
		}
		d.sheets.keep(district, made)
	}
	sheet := made.sheet
	if !slices.ContainsFunc(sheet.Loads, func(l load.Load) bool { return l.Staff == staff }) {
		return nil, nil
	}
	sheet.Loads = []load.Load{load.Of(staff, did, sheet.Far, now)}
	loads := toProtoLoads(district, sheet, made.technicians)
	if sheet.CountedToday < crowd {
		loads.MedianToday = nil
	}
	if sheet.CountedWeek < crowd {
		loads.MedianWeek = nil
	}
	return loads, nil
}
