package tickets

import (
	"context"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	"github.com/linlihub/linli/services/tickets/ticket"
)

const consumer = "tickets"

// reactions are what a ticket learns from dispatch: one function per event.
func (d *Desk) reactions() *bus.Router {
	r := bus.NewRouter()
	bus.Handle(r, d.onVisitOffered)
	bus.Handle(r, d.onVisitLapsed)
	bus.Handle(r, d.onVisitAccepted)
	bus.Handle(r, d.onVisitDeparted)
	bus.Handle(r, d.onEtaChanged)
	bus.Handle(r, d.onVisitArrived)
	bus.Handle(r, d.onVisitFinished)
	bus.Handle(r, d.onVisitWithdrawn)
	bus.Handle(r, d.onNoCandidate)
	bus.Handle(r, d.onSecondAccepted)
	bus.Handle(r, d.onSecondArrived)
	bus.Handle(r, d.onSecondReleased)
	bus.Handle(r, d.onSecondMissed)
	return r
}

// learn applies an event of dispatch to its ticket, once.
func (d *Desk) learn(ctx context.Context, m bus.Message, h *dispatchv1.Head, apply func(*ticket.Ticket)) error {
	return d.db.InTurn(ctx, func(ctx context.Context, tx *store.Tx) error {
		fresh, err := outbox.Once(ctx, tx, consumer, m.ID)
		if err != nil || !fresh {
			return err
		}
		t, err := d.rows.Load(ctx, tx, h.GetTicketId())
		if err != nil {
			return err
		}
		apply(t)
		return d.save(ctx, tx, t)
	}, turnOf(h.GetTicketId()))
}

func (d *Desk) onVisitOffered(ctx context.Context, m bus.Message, e *dispatchv1.VisitOffered) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) {
		t.Assign(ticket.Assignment{
			VisitID: h.GetVisitId(), StaffID: h.GetStaffId(), StaffName: h.GetStaffName(),
			Eta: fromProtoWindow(e.GetEtaFrom(), e.GetEtaTo()), By: ticket.System("dispatch"),
		}, h.GetAt().AsTime())
	})
}

func (d *Desk) onVisitLapsed(ctx context.Context, m bus.Message, e *dispatchv1.VisitLapsed) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) {
		t.Unassign(h.GetVisitId(), ticket.VisitExpired, ticket.System("dispatch"), h.GetAt().AsTime())
	})
}

func (d *Desk) onVisitAccepted(ctx context.Context, m bus.Message, e *dispatchv1.VisitAccepted) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) {
		if t.Accept(h.GetVisitId(), technician(h), h.GetAt().AsTime()) {
			t.MoveEta(h.GetVisitId(), fromProtoWindow(e.GetEtaFrom(), e.GetEtaTo()), h.GetAt().AsTime())
		}
	})
}

func (d *Desk) onVisitDeparted(ctx context.Context, m bus.Message, e *dispatchv1.VisitDeparted) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) {
		if t.Depart(h.GetVisitId(), technician(h), h.GetAt().AsTime()) {
			t.MoveEta(h.GetVisitId(), fromProtoWindow(e.GetEtaFrom(), e.GetEtaTo()), h.GetAt().AsTime())
		}
	})
}

func (d *Desk) onEtaChanged(ctx context.Context, m bus.Message, e *dispatchv1.EtaChanged) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) {
		t.MoveEta(h.GetVisitId(), fromProtoWindow(e.GetEtaFrom(), e.GetEtaTo()), h.GetAt().AsTime())
	})
}

func (d *Desk) onVisitArrived(ctx context.Context, m bus.Message, e *dispatchv1.VisitArrived) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) { t.Arrive(h.GetVisitId(), technician(h), h.GetAt().AsTime()) })
}

func (d *Desk) onVisitFinished(ctx context.Context, m bus.Message, e *dispatchv1.VisitFinished) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) {
		t.Finish(h.GetVisitId(), technician(h), fromProtoResult(e), h.GetAt().AsTime())
	})
}

func (d *Desk) onVisitWithdrawn(ctx context.Context, m bus.Message, e *dispatchv1.VisitWithdrawn) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) {
		if e.GetReason() != "cancelled" { // the ticket knows already
			t.Unassign(h.GetVisitId(), ticket.VisitWithdrawn, ticket.System("dispatch"), h.GetAt().AsTime())
		}
	})
}

func (d *Desk) onNoCandidate(ctx context.Context, m bus.Message, e *dispatchv1.NoCandidate) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) { t.NoCandidate(fromProtoReasons(e.GetReasons()), h.GetAt().AsTime()) })
}

func (d *Desk) onSecondAccepted(ctx context.Context, m bus.Message, e *dispatchv1.SecondAccepted) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) {
		t.Join(e.GetFirstVisitId(), h.GetVisitId(), technician(h), fromProtoWindow(e.GetEtaFrom(), e.GetEtaTo()), h.GetAt().AsTime())
	})
}

func (d *Desk) onSecondArrived(ctx context.Context, m bus.Message, e *dispatchv1.SecondArrived) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) { t.SecondArrive(h.GetVisitId(), h.GetAt().AsTime()) })
}

func (d *Desk) onSecondReleased(ctx context.Context, m bus.Message, e *dispatchv1.SecondReleased) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) { t.SecondLeave(h.GetVisitId(), h.GetAt().AsTime()) })
}

func (d *Desk) onSecondMissed(ctx context.Context, m bus.Message, e *dispatchv1.SecondMissed) error {
	h := e.GetHead()
	return d.learn(ctx, m, h, func(t *ticket.Ticket) { t.SecondMiss(fromProtoReasons(e.GetReasons()), h.GetAt().AsTime()) })
}

func technician(h *dispatchv1.Head) ticket.Technician {
	return ticket.Technician{ID: h.GetStaffId(), Name: h.GetStaffName()}
}
