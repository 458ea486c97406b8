package dispatch

import (
	"context"
	"time"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/store"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	"github.com/linlihub/linli/services/dispatch/board"
)

// GetHelp answers who may help whom, a row for each district of the caller's that has a board, and who is lent from or to them now.
func (b *Boards) GetHelp(ctx context.Context, _ *dispatchv1.GetHelpRequest) (*dispatchv1.HelpMap, error) {
	caller := authz.From(ctx)
	return read(ctx, b.desk.db, func(ctx context.Context, tx *store.Tx) (*dispatchv1.HelpMap, error) {
		helpers, err := b.desk.rows.Help(ctx, tx)
		if err != nil {
			return nil, err
		}
		version, err := b.desk.rows.HelpVersion(ctx, tx)
		if err != nil {
			return nil, err
		}
		districts, err := b.desk.rows.Districts(ctx, tx)
		if err != nil {
			return nil, err
		}
		answer := &dispatchv1.HelpMap{Version: version, Etag: op.ETag(version)}
		for _, district := range districts {
			if caller.Reaches(district) {
				answer.Helps = append(answer.Helps, toProtoHelp(district, helpers, version))
			}
			loans, err := b.desk.loans(ctx, tx, district, caller)
			if err != nil {
				return nil, err
			}
			answer.Loans = append(answer.Loans, loans...)
		}
		return answer, nil
	})
}

// loans answers who helps a district now, as far as the caller's scope reaches it or their home.
func (d *Desk) loans(ctx context.Context, tx *store.Tx, district string, caller authz.Principal) (loans []*dispatchv1.Loan, err error) {
	technicians, err := d.rows.Technicians(ctx, tx, district)
	if err != nil {
		return nil, err
	}
	for _, t := range technicians {
		if t.LentBy == "" || !caller.Reaches(district) && !caller.Reaches(t.LentBy) {
			continue
		}
		loan, err := d.loan(ctx, tx, district, t)
		if err != nil {
			return nil, err
		}
		loans = append(loans, loan)
	}
	return loans, nil
}

func (d *Desk) loan(ctx context.Context, tx *store.Tx, district string, t board.TechnicianRow) (*dispatchv1.Loan, error) {
	loan := &dispatchv1.Loan{
		StaffId: t.ID, Name: t.Name, Skills: t.Skills, HomeDistrictId: t.LentBy, DistrictId: district, DutyUntil: stamp(t.Until),
	}
	visits, err := d.rows.VisitsOf(ctx, tx, t.ID)
	if err != nil {
		return nil, err
	}
	var until time.Time
	now := d.clock.Now()
	for _, f := range visits {
		if f.Visit.Staff != t.ID {
			continue // asked with others: it is not theirs yet
		}
		loan.TicketNumbers = append(loan.TicketNumbers, f.Job.Number)
		if end := f.Visit.Until(&f.Job, d.usual(), now); end.After(until) {
			until = end
		}
	}
	loan.BusyUntil = stamp(until)
	return loan, nil
}
