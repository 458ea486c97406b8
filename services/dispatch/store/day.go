package store

import (
	"context"
	"errors"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/dispatch/board"
)

// VisitsSince answers the visits that were offered to a technician alone, or that they took, since a time, the oldest first.
func (Store) VisitsSince(ctx context.Context, tx *store.Tx, staff string, since time.Time) ([]Found, error) {
	return store.Collect(ctx, tx, scanFound, selectFound+`WHERE v.staff_id = ? AND v.offered_at >= ? ORDER BY v.offered_at, v.id`,
		staff, store.Micros(since))
}

// Works answers the same of all technicians on a district's board, wherever they were.
func (Store) Works(ctx context.Context, tx *store.Tx, district string, since time.Time) ([]Found, error) {
	return store.Collect(ctx, tx, scanFound, selectFound+`WHERE v.staff_id IN (SELECT id FROM dispatch_technician WHERE district_id = ?)
		AND v.offered_at >= ? AND v.open = ? ORDER BY v.offered_at, v.id`, district, store.Micros(since), false)
}

// Job answers what a ticket asks of dispatch, or board.ErrJobUnknown.
func (Store) Job(ctx context.Context, tx *store.Tx, id string) (board.JobRow, error) {
	job, err := scan[board.JobRow](tx.QueryRow(ctx, `SELECT data FROM dispatch_job WHERE id = ?`, id))
	if errors.Is(err, store.ErrNotFound) {
		err = board.ErrJobUnknown
	}
	return job, err
}
