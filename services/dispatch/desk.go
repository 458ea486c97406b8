// Package dispatch plans who goes where, offers visits, follows them to their end and tells when somebody arrives.
package dispatch

import (
	"context"
	"log/slog"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/telemetry"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	"github.com/linlihub/linli/services/dispatch/board"
	rows "github.com/linlihub/linli/services/dispatch/store"
)

// Desk answers the rpcs of dispatch.v1.Visits.
type Desk struct {
	dispatchv1.UnimplementedVisitsServer

	db     *store.DB
	rows   rows.Store
	boards *boards
	clock  clock.Clock
	log    *slog.Logger
	sheets sheets

	// districts that the sweep goes through; only the sweep touches it.
	districts []string
}

// ListMine answers the caller's open visits and offers, or where to wait for the next.
func (d *Desk) ListMine(ctx context.Context, _ *dispatchv1.ListMineRequest) (*dispatchv1.ListMineResponse, error) {
	answer := &dispatchv1.ListMineResponse{}
	found, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) ([]rows.Found, error) {
		found, err := d.rows.VisitsOf(ctx, tx, authz.From(ctx).Staff)
		if err == nil && len(found) == 0 {
			answer.Advice, err = d.advice(ctx, tx, authz.From(ctx).Staff)
		}
		return found, err
	})
	for _, f := range found {
		answer.Visits = append(answer.Visits, toProtoVisit(f.District, f.Visit, f.Job))
	}
	return answer, err
}

// advice is the latest that a technician was given by any board; nil: none.
func (d *Desk) advice(ctx context.Context, tx *store.Tx, staff string) (*dispatchv1.Advice, error) {
	all, err := d.rows.OnBoards(ctx, tx, staff)
	var latest board.TechnicianRow
	for _, t := range all {
		if t.Post.Known() && t.OnDuty && t.Posted.After(latest.Posted) {
			latest = t
		}
	}
	if err != nil || !latest.Post.Known() {
		return nil, err
	}
	return toProtoAdvice(latest), nil
}

// Get answers a visit to the technician who has it or was asked; to others it does not exist.
func (d *Desk) Get(ctx context.Context, req *dispatchv1.GetRequest) (*dispatchv1.Visit, error) {
	found, err := d.find(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	return toProtoVisit(found.District, found.Visit, found.Job), nil
}

// find answers a visit that concerns the caller.
func (d *Desk) find(ctx context.Context, visit string) (rows.Found, error) {
	found, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (rows.Found, error) {
		return d.rows.Visit(ctx, tx, visit)
	})
	if err == nil && !found.Visit.Concerns(authz.From(ctx).Staff) {
		err = board.ErrVisitUnknown
	}
	return found, err
}

// act lets the caller do something with a visit of the caller's.
func (d *Desk) act(ctx context.Context, visit string, fn func(b *board.Board, staff string) error) (*dispatchv1.Visit, error) {
	found, err := d.find(ctx, visit)
	if err != nil {
		return nil, err
	}
	staff := authz.From(ctx).Staff
	return change(ctx, d.boards, found.District, func(_ context.Context, _ *store.Tx, b *board.Board) (*dispatchv1.Visit, error) {
		if b.Visit(visit) == nil {
			return nil, found.Visit.Over(staff)
		}
		if err := fn(b, staff); err != nil {
			return nil, err
		}
		return toProtoVisit(b.District, *b.Visit(visit), jobOf(b, found)), nil
	})
}

func jobOf(b *board.Board, f rows.Found) board.JobRow {
	if j := b.Job(f.Job.ID); j != nil {
		return *j
	}
	return f.Job
}

// Accept takes an offer; of many who grab the same visit exactly one succeeds (DOMAIN 4).
func (d *Desk) Accept(ctx context.Context, req *dispatchv1.AcceptRequest) (*dispatchv1.Visit, error) {
	return d.act(ctx, req.GetId(), func(b *board.Board, staff string) error { return b.Accept(req.GetId(), staff, d.clock.Now()) })
}

// Decline says no to an offer.
func (d *Desk) Decline(ctx context.Context, req *dispatchv1.DeclineRequest) (*dispatchv1.Visit, error) {
	return d.act(ctx, req.GetId(), func(b *board.Board, staff string) error {
		return b.Decline(req.GetId(), staff, req.GetReason(), d.clock.Now())
	})
}

// Depart says that the caller is on the way.
func (d *Desk) Depart(ctx context.Context, req *dispatchv1.DepartRequest) (*dispatchv1.Visit, error) {
	return d.act(ctx, req.GetId(), func(b *board.Board, staff string) error { return b.Depart(req.GetId(), staff, d.clock.Now()) })
}

// Arrive says that the caller is at the door.
func (d *Desk) Arrive(ctx context.Context, req *dispatchv1.ArriveRequest) (*dispatchv1.Visit, error) {
	return d.act(ctx, req.GetId(), func(b *board.Board, staff string) error { return b.Arrive(req.GetId(), staff, d.clock.Now()) })
}

// Finish says that the work is done. The report travels to the ticket and is shown with it, so a number that the technician
// wrote into it is masked here already.
func (d *Desk) Finish(ctx context.Context, req *dispatchv1.FinishRequest) (*dispatchv1.Visit, error) {
	return d.act(ctx, req.GetId(), func(b *board.Board, staff string) error {
		return b.Finish(req.GetId(), staff, telemetry.Redact(req.GetWords()), telemetry.Redact(req.GetMaterials()), d.clock.Now())
	})
}

// Assign offers a waiting ticket of the caller's districts to a chosen technician.
func (d *Desk) Assign(ctx context.Context, req *dispatchv1.AssignRequest) (*dispatchv1.Visit, error) {
	return d.decide(ctx, req.GetTicketId(), func(b *board.Board, by string) (board.VisitRow, error) {
		return b.Assign(req.GetTicketId(), req.GetStaffId(), by, req.GetReason(), d.clock.Now())
	})
}

// Transfer offers a ticket of the caller's districts to another technician.
func (d *Desk) Transfer(ctx context.Context, req *dispatchv1.TransferRequest) (*dispatchv1.Visit, error) {
	return d.decide(ctx, req.GetTicketId(), func(b *board.Board, by string) (board.VisitRow, error) {
		return b.Transfer(req.GetTicketId(), req.GetStaffId(), by, req.GetReason(), d.clock.Now())
	})
}

func (d *Desk) decide(ctx context.Context, ticket string, fn func(b *board.Board, by string) (board.VisitRow, error)) (*dispatchv1.Visit, error) {
	district, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (string, error) {
		return d.rows.DistrictOfJob(ctx, tx, ticket)
	})
	if err == nil && !authz.From(ctx).Reaches(district) {
		err = board.ErrJobUnknown
	}
	if err != nil {
		return nil, err
	}
	by := authz.From(ctx).Staff
	return change(ctx, d.boards, district, func(_ context.Context, _ *store.Tx, b *board.Board) (*dispatchv1.Visit, error) {
		v, err := fn(b, by)
		if err != nil {
			return nil, err
		}
		return toProtoVisit(district, v, *b.Job(v.JobID)), nil
	})
}

// read runs fn on a snapshot of the database and answers what it answers.
func read[T any](ctx context.Context, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) (answer T, err error) {
	err = db.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = fn(ctx, tx)
		return err
	})
	return answer, err
}
