// Package tickets keeps repair, complaint and enquiry tickets from the tap to the rating.
package tickets

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/id"
	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/tickets/policy"
	rows "github.com/linlihub/linli/services/tickets/store"
	"github.com/linlihub/linli/services/tickets/ticket"
)

// Desk answers the rpcs of tickets.v1.Tickets: it loads, lets the ticket decide, and saves.
type Desk struct {
	ticketsv1.UnimplementedTicketsServer

	db       *store.DB
	rows     rows.Store
	clock    clock.Clock
	log      *slog.Logger
	homes    residentsv1.RegistryClient
	policies *policy.Book
	policyID string
	// woken tells the watcher of deadlines that a ticket was saved with one that comes before nextLook.
	woken chan struct{}
	// nextLook is when the watcher looks next, nanoseconds of the domain's time.
	nextLook atomic.Int64
}

// Open opens a ticket for a home of the caller, or, for staff, of the resident who phoned.
func (d *Desk) Open(ctx context.Context, req *ticketsv1.OpenRequest) (*ticketsv1.Ticket, error) {
	home, err := d.homes.GetHome(ctx, &residentsv1.GetHomeRequest{Id: req.GetHomeId()})
	if err != nil {
		return nil, err
	}
	if err := d.checkResident(ctx, req); err != nil {
		return nil, err
	}
	now := d.clock.Now()
	inForce, err := d.policies.InForce(d.policyID, now)
	if err != nil {
		return nil, err
	}
	// Limits count what the same opener opens at the same time.
	return outbox.DoInTurn(ctx, d.db, func(ctx context.Context, tx *store.Tx) (*ticketsv1.Ticket, error) {
		request := fromProtoOpen(ctx, req, home)
		request.ID, request.Trace = id.New(), outbox.Trace(ctx)
		category := string(request.Category)
		if category == "" { // the words decide, and count like a tile
			guessed, _ := ticket.Guess(request.Words)
			category = string(guessed)
		}
		if request.Recent, err = d.rows.Recent(ctx, tx, request.By.ID, req.GetHomeId(), category, now); err != nil {
			return nil, err
		}
		neighbours, err := d.rows.Nearby(ctx, tx, request.Place.BuildingID)
		if err != nil {
			return nil, err
		}
		t, err := ticket.Open(request, inForce, now)
		if err != nil {
			return nil, err
		}
		if err := d.save(ctx, tx, t); err != nil {
			return nil, err
		}
		if err := d.holdPhotos(ctx, tx, t); err != nil {
			return nil, err
		}
		answer := d.show(t.Snapshot())
		answer.Similar = toProtoSimilar(ctx, t.Snapshot(), neighbours, now)
		return answer, nil
	}, "opener "+actor(ctx).ID)
}

// checkResident lets staff open only for somebody who lives in the home, and residents only for themselves.
func (d *Desk) checkResident(ctx context.Context, req *ticketsv1.OpenRequest) error {
	person := req.GetOnBehalfOf()
	if authz.From(ctx).Staff == "" {
		if person != "" && !authz.From(ctx).IsPerson(person) {
			return ticket.ErrStaffOnly
		}
		return nil
	}
	if person == "" {
		return nil
	}
	occupants, err := d.homes.ListOccupants(ctx, &residentsv1.ListOccupantsRequest{HomeId: req.GetHomeId()})
	if err != nil {
		return err
	}
	for _, o := range occupants.GetOccupants() { // those who lived there once are among them
		if o.GetPersonId() == person && holds(o, d.clock.Now()) {
			return nil
		}
	}
	return errNotThere
}

func holds(o *residentsv1.Occupant, now time.Time) bool {
	return !now.Before(o.GetSince().AsTime()) && (o.GetUntil() == nil || now.Before(o.GetUntil().AsTime()))
}

func (d *Desk) holdPhotos(ctx context.Context, tx *store.Tx, t *ticket.Ticket) error {
	for _, photo := range t.Snapshot().Photos {
		held, err := d.rows.HoldPhoto(ctx, tx, photo, authz.From(ctx).Account, t.ID())
		if err != nil {
			return err
		}
		if !held {
			return errPhotoUnknown.With("photo", photo)
		}
	}
	return nil
}

// Urge asks for haste.
func (d *Desk) Urge(ctx context.Context, req *ticketsv1.UrgeRequest) (*ticketsv1.Ticket, error) {
	return d.change(ctx, req.GetId(), func(t *ticket.Ticket) error {
		return t.Urge(req.GetWords(), actor(ctx), d.clock.Now())
	})
}

// Cancel takes the ticket back.
func (d *Desk) Cancel(ctx context.Context, req *ticketsv1.CancelRequest) (*ticketsv1.Ticket, error) {
	return d.change(ctx, req.GetId(), func(t *ticket.Ticket) error {
		return t.Cancel(req.GetReason(), actor(ctx), d.clock.Now())
	})
}

// Rate gives the verdict on the cycle. If-Match with the present etag turns a second rating into a change of the first.
func (d *Desk) Rate(ctx context.Context, req *ticketsv1.RateRequest) (*ticketsv1.Ticket, error) {
	return d.change(ctx, req.GetId(), func(t *ticket.Ticket) error {
		snapshot := t.Snapshot()
		if op.HasIfMatch(ctx) && snapshot.Rating() != nil {
			return t.EditRating(int(req.GetStars()), req.GetWords(), actor(ctx), d.clock.Now())
		}
		return t.Rate(int(req.GetStars()), req.GetWords(), actor(ctx), d.clock.Now())
	})
}

// Reopen returns the same ticket: not fixed.
func (d *Desk) Reopen(ctx context.Context, req *ticketsv1.ReopenRequest) (*ticketsv1.Ticket, error) {
	return d.change(ctx, req.GetId(), func(t *ticket.Ticket) error {
		return t.Reopen(req.GetWords(), actor(ctx), d.clock.Now())
	})
}

// Pause stops the resolution clock.
func (d *Desk) Pause(ctx context.Context, req *ticketsv1.PauseRequest) (*ticketsv1.Ticket, error) {
	return d.change(ctx, req.GetId(), func(t *ticket.Ticket) error {
		if err := inHand(ctx, t); err != nil {
			return err
		}
		return t.Pause(fromProtoPauseReason(req.GetReason()), req.GetWords(), actor(ctx), d.clock.Now())
	})
}

// Resume lets it run again.
func (d *Desk) Resume(ctx context.Context, req *ticketsv1.ResumeRequest) (*ticketsv1.Ticket, error) {
	return d.change(ctx, req.GetId(), func(t *ticket.Ticket) error {
		if err := inHand(ctx, t); err != nil {
			return err
		}
		return t.Resume(actor(ctx), d.clock.Now())
	})
}

// inHand refuses a technician who may see the ticket, for coming along or for a former visit, but does not have it in hand.
func inHand(ctx context.Context, t *ticket.Ticket) error {
	if v, s := viewer(ctx), t.Snapshot(); !v.Office() && !s.HeldBy(v.StaffID) {
		return ticket.ErrNotInHand
	}
	return nil
}

// Follow lets a neighbour of the building hear of the ticket.
func (d *Desk) Follow(ctx context.Context, req *ticketsv1.FollowRequest) (*ticketsv1.Ticket, error) {
	mine, err := d.homes.ListMyHomes(ctx, &residentsv1.ListMyHomesRequest{})
	if err != nil {
		return nil, err
	}
	return outbox.DoInTurn(ctx, d.db, func(ctx context.Context, tx *store.Tx) (*ticketsv1.Ticket, error) {
		t, err := d.rows.Load(ctx, tx, req.GetId())
		if err != nil {
			return nil, err
		}
		if !neighbour(mine, t.Snapshot().Place.BuildingID) {
			return nil, rows.ErrUnknown
		}
		if err := t.Follow(authz.From(ctx).Person, d.clock.Now()); err != nil {
			return nil, err
		}
		return d.show(t.Snapshot()), d.save(ctx, tx, t)
	}, turnOf(req.GetId()))
}

func neighbour(mine *residentsv1.ListMyHomesResponse, building string) bool {
	for _, h := range mine.GetHomes() {
		if h.GetHome().GetBuildingId() == building {
			return true
		}
	}
	return false
}

// change is what every operation on one ticket does: load it, see that the caller may see it and saw its present version,
// let fn decide, save.
func (d *Desk) change(ctx context.Context, id string, fn func(*ticket.Ticket) error) (*ticketsv1.Ticket, error) {
	return outbox.DoInTurn(ctx, d.db, func(ctx context.Context, tx *store.Tx) (*ticketsv1.Ticket, error) {
		t, err := d.rows.Load(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		snapshot := t.Snapshot()
		if !snapshot.VisibleTo(viewer(ctx)) {
			return nil, rows.ErrUnknown
		}
		if err := op.CheckVersion(ctx, t.Version()); err != nil {
			return nil, err
		}
		if err := fn(t); err != nil {
			return nil, err
		}
		if err := d.save(ctx, tx, t); err != nil {
			return nil, err
		}
		return d.show(t.Snapshot()), nil
	}, turnOf(id))
}

// turnOf names a ticket for whoever changes it: callers, dispatch's events and its own deadlines take turns.
func turnOf(ticket string) string { return "ticket " + ticket }

// save writes the ticket and what it tells others, in the caller's transaction.
func (d *Desk) save(ctx context.Context, tx *store.Tx, t *ticket.Ticket) error {
	if err := d.rows.Save(ctx, tx, t); err != nil {
		return err
	}
	ctx = outbox.Join(ctx, t.Snapshot().Trace)
	for _, e := range toProtoEvents(t, d.clock.Now()) {
		if err := outbox.Add(ctx, tx, e); err != nil {
			return err
		}
	}
	if ahead := t.Deadlines(); len(ahead) > 0 {
		tx.OnCommit(func() { d.wake(ahead[0].At) })
	}
	return nil
}

// wake has the watcher look, unless it will in time.
func (d *Desk) wake(due time.Time) {
	if due.UnixNano() >= d.nextLook.Load() {
		return
	}
	select {
	case d.woken <- struct{}{}:
	default:
	}
}

// actor is the caller as the ticket names people.
func actor(ctx context.Context) ticket.Actor {
	p := authz.From(ctx)
	if p.Staff != "" {
		return ticket.Staff(p.Staff)
	}
	return ticket.Resident(p.Person)
}

// viewer is what the caller may see. Districts count only for those who work on whole districts: a technician sees the
// tickets that are the technician's own.
func viewer(ctx context.Context) ticket.Viewer {
	p := authz.From(ctx)
	v := ticket.Viewer{PersonID: p.Person, StaffID: p.Staff}
	if p.May("dispatch:read_board") {
		v.Districts, v.AllDistricts = p.Districts, p.Everywhere()
	}
	return v
}
