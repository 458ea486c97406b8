package tickets

import (
	"context"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/page"
	"github.com/linlihub/linli/libs/store"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	rows "github.com/linlihub/linli/services/tickets/store"
	"github.com/linlihub/linli/services/tickets/ticket"
)

// ListCategories answers the tiles of 居家维修.
func (d *Desk) ListCategories(context.Context, *ticketsv1.ListCategoriesRequest) (*ticketsv1.ListCategoriesResponse, error) {
	return toProtoCategories(), nil
}

// Get answers one ticket to whoever may see it.
func (d *Desk) Get(ctx context.Context, req *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) {
	snapshot, err := d.visible(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	return d.show(snapshot), nil
}

// GetStory answers all that happened to a ticket.
func (d *Desk) GetStory(ctx context.Context, req *ticketsv1.GetStoryRequest) (*ticketsv1.Story, error) {
	snapshot, err := d.visible(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	log, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) ([]ticket.Event, error) {
		return d.rows.Log(ctx, tx, req.GetId())
	})
	if err != nil {
		return nil, err
	}
	return toProtoStory(d.show(snapshot), log), nil
}

func (d *Desk) visible(ctx context.Context, id string) (ticket.Snapshot, error) {
	snapshot, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (ticket.Snapshot, error) {
		return d.rows.Snapshot(ctx, tx, id)
	})
	if err == nil && !snapshot.VisibleTo(viewer(ctx)) {
		err = rows.ErrUnknown
	}
	return snapshot, err
}

// List answers the caller's own tickets, those of the caller's districts, or those the technician is on.
func (d *Desk) List(ctx context.Context, req *ticketsv1.ListRequest) (*ticketsv1.ListResponse, error) {
	filter := page.Filter(req.GetDistrictId(), req.GetStates(), req.GetCategory(), req.GetHomeId(), authz.From(ctx).Account)
	before, err := page.Cursor(filter, req.GetPageToken())
	if err != nil {
		return nil, err
	}
	search := rows.Search{
		DistrictID: req.GetDistrictId(), HomeID: req.GetHomeId(), Category: req.GetCategory(), States: fromProtoStates(req.GetStates()),
		Before: before, Limit: page.Size(req.GetPageSize()),
	}
	scope(&search, viewer(ctx))
	var next string
	found, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (all []ticket.Snapshot, err error) {
		all, next, err = d.rows.Find(ctx, tx, search)
		return all, err
	})
	if err != nil {
		return nil, err
	}
	answer := &ticketsv1.ListResponse{NextPageToken: page.Token(filter, next)}
	for _, s := range found {
		answer.Tickets = append(answer.Tickets, d.show(s))
	}
	return answer, nil
}

func scope(s *rows.Search, v ticket.Viewer) {
	switch {
	case v.AllDistricts:
		s.Everywhere = true
	case v.Districts != nil:
		s.Districts = v.Districts
	case v.StaffID != "":
		s.StaffID = v.StaffID
	default:
		s.PersonID = v.PersonID
	}
}

// Similar suggests live tickets of the same building.
func (d *Desk) Similar(ctx context.Context, req *ticketsv1.SimilarRequest) (*ticketsv1.SimilarResponse, error) {
	home, err := d.homes.GetHome(ctx, &residentsv1.GetHomeRequest{Id: req.GetHomeId()})
	if err != nil {
		return nil, err
	}
	neighbours, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) ([]ticket.Snapshot, error) {
		return d.rows.Nearby(ctx, tx, home.GetBuildingId())
	})
	if err != nil {
		return nil, err
	}
	mine := ticket.Snapshot{Category: ticket.Category(req.GetCategory()), Place: fromProtoPlace(home.GetPlace())}
	return &ticketsv1.SimilarResponse{Suggestions: toProtoSimilar(ctx, mine, neighbours, d.clock.Now())}, nil
}

// show pictures a ticket with its clocks as of now.
func (d *Desk) show(s ticket.Snapshot) *ticketsv1.Ticket {
	pinned, err := d.policies.Get(s.Policy)
	if err != nil { // a policy is never taken out of the book while a ticket pins it
		return toProtoTicket(s, nil)
	}
	clocks := s.Clocks(pinned, d.clock.Now())
	return toProtoTicket(s, &clocks)
}

// read runs fn on a snapshot of the database and answers what it answers.
func read[T any](ctx context.Context, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) (answer T, err error) {
	err = db.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = fn(ctx, tx)
		return err
	})
	return answer, err
}
