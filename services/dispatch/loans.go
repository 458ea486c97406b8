package dispatch

import (
	"context"
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/plan"
)

// settleLoans ends the loans that are over and lends technicians to districts that are pressed, as far as the map of help says.
// What it sees on boards in memory may be old; each loan is decided anew on both boards, in one transaction.
func (d *Desk) settleLoans(ctx context.Context) error {
	for _, district := range d.districts {
		for _, t := range d.loansOf(district) {
			if err := d.settleLoan(ctx, district, t); err != nil {
				return err
			}
		}
	}
	helpers, err := read(ctx, d.db, d.rows.Help)
	if err != nil {
		return err
	}
	for _, district := range slices.Sorted(maps.Keys(helpers)) {
		for _, j := range d.pressed(district, helpers[district]) {
			if err := d.borrow(ctx, district, helpers[district], j); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Desk) loansOf(district string) (rows []board.TechnicianRow) {
	d.boards.peek(district, func(b *board.Board) { rows = b.Loans() })
	return rows
}

func (d *Desk) pressed(district string, helpers []string) (jobs []plan.Job) {
	if len(helpers) > 0 {
		d.boards.peek(district, func(b *board.Board) { jobs = b.Pressed(d.clock.Now()) })
	}
	return jobs
}

// borrow has the first helper that can spare somebody for a job lend them.
func (d *Desk) borrow(ctx context.Context, district string, helpers []string, j plan.Job) error {
	for _, helper := range helpers {
		staff := ""
		d.boards.peek(helper, func(b *board.Board) { staff = b.Spare(j, d.clock.Now()) })
		if staff == "" {
			continue
		}
		done := false
		err := changeBoth(ctx, d.boards, helper, district, func(home, abroad *board.Board) {
			now := d.clock.Now()
			done = false
			if !slices.ContainsFunc(abroad.Pressed(now), func(p plan.Job) bool { return p.ID == j.ID }) {
				done = true // meanwhile somebody has it
			} else if t, ok := home.Lend(staff, district); ok {
				abroad.Borrow(t, now)
				done = true
			}
		})
		if err != nil || done {
			return err
		}
	}
	return nil
}

// settleLoan looks at one row of a loan. At home it ends when the board abroad knows nothing of it; abroad, when there is nothing more
// to do, and who goes off duty at home does so abroad.
func (d *Desk) settleLoan(ctx context.Context, district string, t board.TechnicianRow) error {
	if t.LentTo != "" {
		return d.recall(ctx, district, t)
	}
	atHome, over, known := true, false, false
	d.boards.peek(t.LentBy, func(b *board.Board) {
		known = true
		atHome = slices.ContainsFunc(b.Technicians(), func(own board.TechnicianRow) bool {
			return own.ID == t.ID && own.OnDuty && slices.Contains(own.Districts, t.LentBy)
		})
	})
	now := d.clock.Now()
	d.boards.peek(district, func(b *board.Board) { over = b.Over(t.ID, now) })
	switch {
	case known && !atHome && t.OnDuty:
		_, err := change(ctx, d.boards, district, func(_ context.Context, _ *store.Tx, b *board.Board) (*emptypb.Empty, error) {
			b.DutyEnded(t.ID, now)
			return &emptypb.Empty{}, nil
		})
		return err
	case over:
		return changeBoth(ctx, d.boards, t.LentBy, district, func(home, abroad *board.Board) {
			if abroad.Over(t.ID, now) {
				if lent, ok := abroad.GiveBack(t.ID); ok {
					home.TakeBack(lent, now)
				}
			}
		})
	}
	return nil
}

// recall ends a loan at home that is none abroad: hr has moved the technician meanwhile.
func (d *Desk) recall(ctx context.Context, district string, t board.TechnicianRow) error {
	abroad := true
	d.boards.peek(t.LentTo, func(b *board.Board) {
		abroad = slices.ContainsFunc(b.Loans(), func(there board.TechnicianRow) bool { return there.ID == t.ID && there.LentBy == district })
	})
	if abroad {
		return nil
	}
	return changeBoth(ctx, d.boards, district, t.LentTo, func(home, abroad *board.Board) {
		if !slices.ContainsFunc(abroad.Loans(), func(there board.TechnicianRow) bool { return there.ID == t.ID && there.LentBy == district }) {
			home.TakeBack(t, d.clock.Now())
		}
	})
}
