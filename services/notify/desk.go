// Package notify turns what happened into what a person should hear: feeds that can be replayed, one per ticket, person,
// employee and district.
package notify

import (
	"context"
	"strings"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/page"
	"github.com/linlihub/linli/libs/store"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	"github.com/linlihub/linli/services/notify/feed"
	rows "github.com/linlihub/linli/services/notify/store"
)

// Desk answers the rpcs of notify.v1.Feeds.
type Desk struct {
	notifyv1.UnimplementedFeedsServer

	db      *store.DB
	rows    rows.Store
	signals *signals
}

// List answers a feed. One that the caller may not read is an empty one, as is one that does not exist.
func (d *Desk) List(ctx context.Context, req *notifyv1.ListRequest) (*notifyv1.ListResponse, error) {
	return read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (*notifyv1.ListResponse, error) {
		t, err := d.ticketOf(ctx, tx, req.GetFeed())
		if err != nil || !feed.MayRead(req.GetFeed(), reader(ctx), t) {
			return &notifyv1.ListResponse{}, err
		}
		end, _, err := d.rows.Position(ctx, tx, req.GetFeed())
		if err != nil {
			return nil, err
		}
		entries, err := d.entries(ctx, tx, req)
		return &notifyv1.ListResponse{Entries: entries, End: &end}, err
	})
}

func (d *Desk) entries(ctx context.Context, tx *store.Tx, req *notifyv1.ListRequest) ([]*notifyv1.Entry, error) {
	limit := page.Size(req.GetLimit())
	if req.GetNewest() {
		return d.rows.Newest(ctx, tx, req.GetFeed(), limit)
	}
	return d.rows.After(ctx, tx, req.GetFeed(), req.GetAfter(), limit)
}

func (d *Desk) ticketOf(ctx context.Context, tx *store.Tx, name string) (feed.Ticket, error) {
	id, ok := strings.CutPrefix(name, feed.OfTicket(""))
	if !ok {
		return feed.Ticket{}, nil
	}
	return d.rows.Ticket(ctx, tx, id)
}

// reader is the caller. A district is in reach only for those who work on whole districts.
func reader(ctx context.Context) feed.Reader {
	p := authz.From(ctx)
	return feed.Reader{PersonID: p.Person, StaffID: p.Staff, Reaches: func(district string) bool {
		return p.May("dispatch:read_board") && p.Reaches(district)
	}}
}

// ownFeed is the caller's own.
func ownFeed(ctx context.Context) string {
	p := authz.From(ctx)
	if p.Staff != "" {
		return feed.OfStaff(p.Staff)
	}
	return feed.OfPerson(p.Person)
}

// ListNotices answers the caller's own notices, newest first.
func (d *Desk) ListNotices(ctx context.Context, req *notifyv1.ListNoticesRequest) (*notifyv1.ListNoticesResponse, error) {
	return read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (*notifyv1.ListNoticesResponse, error) {
		entries, err := d.rows.Newest(ctx, tx, ownFeed(ctx), page.Size(req.GetPageSize()))
		if err != nil {
			return nil, err
		}
		seq, readUpTo, err := d.rows.Position(ctx, tx, ownFeed(ctx))
		answer := &notifyv1.ListNoticesResponse{ReadUpTo: readUpTo, Unread: int32(seq - readUpTo)} //nolint:gosec // small
		for i := range entries {
			answer.Notices = append(answer.Notices, entries[len(entries)-1-i])
		}
		return answer, err
	})
}

// MarkRead moves how far the caller has read, forward only.
func (d *Desk) MarkRead(ctx context.Context, req *notifyv1.MarkReadRequest) (*emptypb.Empty, error) {
	err := d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return d.rows.MarkRead(ctx, tx, ownFeed(ctx), req.GetSeq())
	})
	return &emptypb.Empty{}, err
}

// read runs fn on a snapshot of the database and answers what it answers.
func read[T any](ctx context.Context, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) (answer T, err error) {
	err = db.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = fn(ctx, tx)
		return err
	})
	return answer, err
}
