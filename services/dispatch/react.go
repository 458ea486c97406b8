package dispatch

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/dispatch/board"
)

const consumer = "dispatch"

// reactions are what a board learns from tickets and from hr: one function per event.
func (d *Desk) reactions() *bus.Router {
	r := bus.NewRouter()
	bus.Handle(r, d.onTicketOpened)
	bus.Handle(r, d.onTicketReopened)
	bus.Handle(r, d.onTicketCancelled)
	bus.Handle(r, d.onTicketPaused)
	bus.Handle(r, d.onTicketResumed)
	bus.Handle(r, d.onStaffChanged)
	bus.Handle(r, d.onCertificateChanged)
	bus.Handle(r, d.onDutyStarted)
	bus.Handle(r, d.onDutyEnded)
	return r
}

// learn applies an event to a district's board, once.
func (d *Desk) learn(ctx context.Context, m bus.Message, district string, apply func(b *board.Board, now time.Time)) error {
	_, err := change(ctx, d.boards, district, func(ctx context.Context, tx *store.Tx, b *board.Board) (*emptypb.Empty, error) {
		fresh, err := outbox.Once(ctx, tx, consumer+"/"+district, m.ID)
		if err == nil && fresh {
			apply(b, d.clock.Now())
		}
		return &emptypb.Empty{}, err
	})
	return err
}

func (d *Desk) onTicketOpened(ctx context.Context, m bus.Message, e *ticketsv1.TicketOpened) error {
	return d.learn(ctx, m, e.GetHead().GetDistrictId(), func(b *board.Board, now time.Time) {
		b.JobOpened(fromProtoOpened(ctx, e), now)
	})
}

func (d *Desk) onTicketReopened(ctx context.Context, m bus.Message, e *ticketsv1.TicketReopened) error {
	return d.learn(ctx, m, e.GetHead().GetDistrictId(), func(b *board.Board, now time.Time) {
		b.JobOpened(fromProtoReopened(ctx, e), now)
	})
}

func (d *Desk) onTicketCancelled(ctx context.Context, m bus.Message, e *ticketsv1.TicketCancelled) error {
	return d.learn(ctx, m, e.GetHead().GetDistrictId(), func(b *board.Board, now time.Time) {
		b.JobClosed(e.GetHead().GetTicketId(), "cancelled", now)
	})
}

func (d *Desk) onTicketPaused(ctx context.Context, m bus.Message, e *ticketsv1.TicketPaused) error {
	return d.learn(ctx, m, e.GetHead().GetDistrictId(), func(b *board.Board, now time.Time) {
		b.JobPaused(e.GetHead().GetTicketId(), now)
	})
}

func (d *Desk) onTicketResumed(ctx context.Context, m bus.Message, e *ticketsv1.TicketResumed) error {
	return d.learn(ctx, m, e.GetHead().GetDistrictId(), func(b *board.Board, now time.Time) {
		b.JobResumed(e.GetHead().GetTicketId(), e.GetByVisitor(), now)
	})
}

// fieldRoles go out to residents.
var fieldRoles = []string{"technician", "cleaner", "guard"}

// onStaffChanged also tells the boards on which somebody no longer works: there they are outside of the district.
func (d *Desk) onStaffChanged(ctx context.Context, m bus.Message, e *hrv1.StaffChanged) error {
	t := fromProtoStaff(e)
	if !slices.ContainsFunc(e.GetRoles(), func(r string) bool { return slices.Contains(fieldRoles, r) }) {
		t.Districts = nil
	}
	known, err := read(ctx, d.db, d.rows.Districts)
	if err != nil {
		return err
	}
	for _, district := range t.Districts {
		if !slices.Contains(known, district) {
			known = append(known, district)
		}
	}
	return d.learnAll(ctx, m, known, func(b *board.Board, now time.Time) {
		if slices.Contains(t.Districts, b.District) || b.Knows(t.ID) {
			b.TechnicianChanged(t, now)
		}
	})
}

func (d *Desk) onCertificateChanged(ctx context.Context, m bus.Message, e *hrv1.CertificateChanged) error {
	districts, err := read(ctx, d.db, d.rows.Districts)
	if err != nil {
		return err
	}
	return d.learnAll(ctx, m, districts, func(b *board.Board, now time.Time) {
		b.CertificateChanged(e.GetStaffId(), fromProtoCertificate(e.GetCertificate()), now)
	})
}

func (d *Desk) onDutyStarted(ctx context.Context, m bus.Message, e *hrv1.DutyStarted) error {
	return d.learnAll(ctx, m, e.GetDistrictIds(), func(b *board.Board, now time.Time) {
		b.DutyStarted(e.GetStaffId(), fromProtoPoint(e.GetPoint()), instant(e.GetUntil()), instant(e.GetLapsesAt()), now)
	})
}

func (d *Desk) onDutyEnded(ctx context.Context, m bus.Message, e *hrv1.DutyEnded) error {
	return d.learnAll(ctx, m, e.GetDistrictIds(), func(b *board.Board, now time.Time) { b.DutyEnded(e.GetStaffId(), now) })
}

// learnAll applies an event to several boards, each once.
func (d *Desk) learnAll(ctx context.Context, m bus.Message, districts []string, apply func(*board.Board, time.Time)) error {
	for _, district := range districts {
		if err := d.learn(ctx, m, district, apply); err != nil {
			return err
		}
	}
	return nil
}
