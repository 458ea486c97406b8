package notify

import (
	"cmp"
	"context"
	"slices"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/notify/feed"
)

const consumer = "notify"

// ticketEvent is any event of a ticket: all carry a head.
type ticketEvent interface {
	outboxMessage
	GetHead() *ticketsv1.Head
}

// reactions are everything a person should hear of, one line per event.
func (d *Desk) reactions() *bus.Router {
	r := bus.NewRouter()
	hear[*ticketsv1.TicketOpened](r, d, line{text: feed.Opened})
	hear[*ticketsv1.TicketAssigned](r, d, line{text: feed.Assigned, person: true})
	hear[*ticketsv1.TicketUnassigned](r, d, line{text: feed.Unassigned})
	hear[*ticketsv1.TicketAccepted](r, d, line{text: feed.Accepted, person: true})
	hear[*ticketsv1.TicketDeparted](r, d, line{text: feed.Departed, person: true})
	hear[*ticketsv1.TicketEtaMoved](r, d, line{text: feed.EtaMoved})
	hear[*ticketsv1.TicketArrived](r, d, line{text: feed.Arrived, person: true})
	hear[*ticketsv1.TicketPaused](r, d, line{text: feed.Paused, person: true})
	hear[*ticketsv1.TicketResumed](r, d, line{text: feed.Resumed})
	hear[*ticketsv1.TicketFinished](r, d, line{text: feed.Finished, person: true})
	hear[*ticketsv1.TicketRated](r, d, line{text: feed.Rated})
	hear[*ticketsv1.TicketReopened](r, d, line{text: feed.Reopened, alarm: true})
	hear[*ticketsv1.TicketUrged](r, d, line{text: feed.Urged, alarm: true, staff: &feed.Haste})
	hear[*ticketsv1.TicketCancelled](r, d, line{text: feed.Cancelled})
	hear[*ticketsv1.TicketClosed](r, d, line{text: feed.Closed})
	hear[*ticketsv1.TicketFollowed](r, d, line{text: feed.Followed})
	hear[*ticketsv1.TicketStranded](r, d, line{text: feed.Stranded, alarm: true})
	hear[*ticketsv1.TicketEscalated](r, d, line{text: feed.Escalated, alarm: true})
	hear[*ticketsv1.TicketSecondJoined](r, d, line{text: feed.SecondJoined, person: true, staff: &feed.SecondJoined})
	hear[*ticketsv1.TicketSecondArrived](r, d, line{text: feed.SecondArrived, staff: &feed.SecondArrived})
	hear[*ticketsv1.TicketSecondReleased](r, d, line{text: feed.SecondReleased, staff: &feed.SecondReleased})
	hear[*ticketsv1.TicketSecondMissed](r, d, line{text: feed.SecondMissed, alarm: true, staff: &feed.SecondMissed})
	bus.Handle(r, d.onVisitOffered)
	bus.Handle(r, d.onVisitWithdrawn)
	bus.Handle(r, d.onSecondOffered)
	bus.Handle(r, d.onSecondReleased)
	return r
}

// line is what an event of a ticket becomes: one entry in the ticket's and the district's feed, and, where set, in the
// resident's and the technician's own.
type line struct {
	text   feed.Text
	person bool
	alarm  bool
	staff  *feed.Text
}

func hear[E ticketEvent](r *bus.Router, d *Desk, l line) {
	bus.Handle(r, func(ctx context.Context, m bus.Message, e E) error {
		return d.once(ctx, m, d.tells(e, l))
	})
}

// tells is what an event of a ticket does: it may bring a listener, and becomes lines.
func (d *Desk) tells(e ticketEvent, l line) func(context.Context, *store.Tx) ([]*notifyv1.Entry, error) {
	return func(ctx context.Context, tx *store.Tx) ([]*notifyv1.Entry, error) {
		if err := d.remember(ctx, tx, e); err != nil {
			return nil, err
		}
		return toEntries(e, l), nil
	}
}

// remember keeps who may read the ticket's feed.
func (d *Desk) remember(ctx context.Context, tx *store.Tx, e ticketEvent) error {
	h := e.GetHead()
	t, err := d.rows.Ticket(ctx, tx, h.GetTicketId())
	if err != nil {
		return err
	}
	known := t.ID != ""
	if !known {
		t = feed.Ticket{ID: h.GetTicketId(), DistrictID: h.GetDistrictId(), ResidentID: h.GetResidentId()}
	}
	listener := ""
	if h.GetStaffId() != "" {
		listener = feed.OfStaff(h.GetStaffId())
	}
	if followed, ok := any(e).(*ticketsv1.TicketFollowed); ok {
		listener = feed.OfPerson(followed.GetPersonId())
	}
	if listener != "" && !slices.Contains(t.Listeners, listener) {
		t.Listeners = append(t.Listeners, listener)
	} else if known {
		return nil
	}
	return d.rows.PutTicket(ctx, tx, t)
}

func (d *Desk) onVisitOffered(ctx context.Context, m bus.Message, e *dispatchv1.VisitOffered) error {
	return d.once(ctx, m, func(context.Context, *store.Tx) ([]*notifyv1.Entry, error) {
		return offerEntries("VisitOffered", e, feed.Offer), nil
	})
}

func (d *Desk) onSecondOffered(ctx context.Context, m bus.Message, e *dispatchv1.SecondOffered) error {
	return d.once(ctx, m, func(context.Context, *store.Tx) ([]*notifyv1.Entry, error) {
		return offerEntries("SecondOffered", e, feed.SecondOffer), nil
	})
}

func (d *Desk) onSecondReleased(ctx context.Context, m bus.Message, e *dispatchv1.SecondReleased) error {
	return d.once(ctx, m, func(context.Context, *store.Tx) ([]*notifyv1.Entry, error) {
		return goneEntries("SecondReleased", e, feed.SecondFree, feed.SecondFree), nil
	})
}

func (d *Desk) onVisitWithdrawn(ctx context.Context, m bus.Message, e *dispatchv1.VisitWithdrawn) error {
	return d.once(ctx, m, func(ctx context.Context, tx *store.Tx) ([]*notifyv1.Entry, error) {
		holder := feed.OfferGone
		if e.GetReason() == "preempted" {
			holder = feed.Bumped
		}
		entries := goneEntries("VisitWithdrawn", e, feed.OfferGone, holder)
		if e.GetReason() != "preempted" {
			return entries, nil
		}
		t, err := d.rows.Ticket(ctx, tx, e.GetHead().GetTicketId())
		if t.ResidentID != "" {
			entries = append(entries, visitEntry(feed.OfPerson(t.ResidentID), "VisitPreempted", e.GetHead(), feed.Preempted),
				visitEntry(feed.OfTicket(t.ID), "VisitPreempted", e.GetHead(), feed.Preempted))
		}
		return entries, err
	})
}

// once appends the entries that an event becomes, and signals them after the commit. Feeds come by name: two events that tell
// several of the same would otherwise wait for each other.
func (d *Desk) once(ctx context.Context, m bus.Message, fn func(context.Context, *store.Tx) ([]*notifyv1.Entry, error)) error {
	return d.db.InTurn(ctx, func(ctx context.Context, tx *store.Tx) error {
		fresh, err := outbox.Once(ctx, tx, consumer, m.ID)
		if err != nil || !fresh {
			return err
		}
		entries, err := fn(ctx, tx)
		if err != nil {
			return err
		}
		slices.SortStableFunc(entries, func(a, b *notifyv1.Entry) int { return cmp.Compare(a.GetFeed(), b.GetFeed()) })
		for _, e := range entries {
			e.EventId = m.ID
			if err := d.rows.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		tx.OnCommit(func() { d.signals.send(ctx, entries) })
		return nil
	}, m.Key)
}
