package store

import (
	"context"
	"encoding/json"
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

// Work is of a visit that is over what the load is reckoned from. Much is read of it: the rest of the row is left where it is.
type Work struct {
	Staff                          string
	State                          board.State
	DepartedAt, ArrivedAt, EndedAt time.Time
	Way                            float64
	Interrupted                    bool
	// Standard of an interrupted visit's job; zero: nothing is known.
	Standard time.Duration `json:"-"`
}

// Work is what the load is reckoned from.
func (f *Found) Work() Work {
	v := &f.Visit
	return Work{v.Staff, v.State, v.DepartedAt, v.ArrivedAt, v.EndedAt, v.Way, v.Interrupted, f.Job.Standard}
}

// Works answers what all technicians on a district's board did of what was offered since a time, wherever they were, the oldest first.
func (Store) Works(ctx context.Context, tx *store.Tx, district string, since time.Time) ([]Work, error) {
	return store.Collect(ctx, tx, scanWork, `SELECT v.data, j.data FROM dispatch_visit v JOIN dispatch_job j ON j.id = v.job_id
		WHERE v.staff_id IN (SELECT id FROM dispatch_technician WHERE district_id = ?) AND v.offered_at >= ? AND v.open = ?
		ORDER BY v.offered_at, v.id`, district, store.Micros(since), false)
}

func scanWork(row store.Scanner) (w Work, err error) {
	var visit, job string
	if err := row.Scan(&visit, &job); err != nil {
		return w, err
	}
	if err := json.Unmarshal([]byte(visit), &w); err != nil || !w.Interrupted {
		return w, err
	}
	var of struct{ Standard time.Duration }
	err = json.Unmarshal([]byte(job), &of)
	w.Standard = of.Standard
	return w, err
}

// Job answers what a ticket asks of dispatch, or board.ErrJobUnknown.
func (Store) Job(ctx context.Context, tx *store.Tx, id string) (board.JobRow, error) {
	job, err := scan[board.JobRow](tx.QueryRow(ctx, `SELECT data FROM dispatch_job WHERE id = ?`, id))
	if errors.Is(err, store.ErrNotFound) {
		err = board.ErrJobUnknown
	}
	return job, err
}
