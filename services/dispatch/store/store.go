// Package store keeps boards in rows. Every method works in the caller's transaction.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/id"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/dispatch/board"
)

// ErrMoved says that another writer saved the district's board first; whoever meets it loads the board anew.
var ErrMoved = fault.Define(fault.Unavailable, "dispatch.board_moved", "派单看板刚被更新，请重试", "the board has just changed, please try again")

// Store reads and writes boards.
type Store struct{ Settings board.Settings }

// Load answers a district's board; one of a district nobody has heard of is empty.
func (s Store) Load(ctx context.Context, tx *store.Tx, district string) (*board.Board, error) {
	version, err := s.Version(ctx, tx, district)
	if err != nil {
		return nil, err
	}
	jobs, err := store.Collect(ctx, tx, scan[board.JobRow], `SELECT data FROM dispatch_job WHERE district_id = ? AND closed = ? ORDER BY id`, district, false)
	if err != nil {
		return nil, fmt.Errorf("load jobs of %s: %w", district, err)
	}
	technicians, err := s.Technicians(ctx, tx, district)
	if err != nil {
		return nil, err
	}
	visits, err := store.Collect(ctx, tx, scan[board.VisitRow], `SELECT data FROM dispatch_visit WHERE district_id = ? AND open = ? ORDER BY id`, district, true)
	if err != nil {
		return nil, fmt.Errorf("load visits of %s: %w", district, err)
	}
	learned, err := lessons(ctx, tx, district)
	if err != nil {
		return nil, err
	}
	b := board.New(district, version, s.Settings, id.New, jobs, technicians, visits)
	b.Remember(learned)
	return b, nil
}

// Version answers how often a district's board was saved.
func (Store) Version(ctx context.Context, tx *store.Tx, district string) (version int64, err error) {
	err = tx.QueryRow(ctx, `SELECT version FROM dispatch_district WHERE id = ?`, district).Scan(&version)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, fmt.Errorf("look at board of %s: %w", district, err)
	}
	return version, nil
}

// Technicians answers a district's technicians by id.
func (Store) Technicians(ctx context.Context, tx *store.Tx, district string) ([]board.TechnicianRow, error) {
	all, err := store.Collect(ctx, tx, scan[board.TechnicianRow], `SELECT data FROM dispatch_technician WHERE district_id = ? ORDER BY id`, district)
	if err != nil {
		return nil, fmt.Errorf("load technicians of %s: %w", district, err)
	}
	return all, nil
}

// Save writes what changed if the board is still what was loaded, else it fails with ErrMoved. Two writers can therefore
// never both commit, whatever each believes of its ownership.
func (s Store) Save(ctx context.Context, tx *store.Tx, b *board.Board) error {
	if err := s.fence(ctx, tx, b); err != nil {
		return err
	}
	jobs, technicians, visits := b.Dirty()
	for _, j := range jobs {
		if err := put(ctx, tx, j, `INSERT INTO dispatch_job (data, id, district_id, closed) VALUES (?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET data = excluded.data, closed = excluded.closed`, j.ID, b.District, j.Closed); err != nil {
			return err
		}
	}
	for _, t := range technicians {
		if err := put(ctx, tx, t, `INSERT INTO dispatch_technician (data, district_id, id) VALUES (?, ?, ?)
			ON CONFLICT (district_id, id) DO UPDATE SET data = excluded.data`, b.District, t.ID); err != nil {
			return err
		}
	}
	if err := s.saveVisits(ctx, tx, b.District, visits); err != nil {
		return err
	}
	return saveLessons(ctx, tx, b)
}

func (Store) fence(ctx context.Context, tx *store.Tx, b *board.Board) error {
	query, args := `UPDATE dispatch_district SET version = version + 1 WHERE id = ? AND version = ?`, []any{b.District, b.Version}
	if b.Version == 0 {
		query, args = `INSERT INTO dispatch_district (id, version) VALUES (?, 1) ON CONFLICT (id) DO NOTHING`, []any{b.District}
	}
	rows, err := tx.Exec(ctx, query, args...)
	if err == nil && rows == 0 {
		return ErrMoved
	}
	return err
}

// saveVisits writes what ended before what began: a job has at most one open visit at any time.
func (Store) saveVisits(ctx context.Context, tx *store.Tx, district string, visits []board.VisitRow) error {
	for _, open := range []bool{false, true} {
		for _, v := range visits {
			if v.State.Open() != open {
				continue
			}
			if err := put(ctx, tx, v, `INSERT INTO dispatch_visit (data, id, district_id, job_id, staff_id, open, offered_at) VALUES (?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (id) DO UPDATE SET data = excluded.data, staff_id = excluded.staff_id, open = excluded.open`,
				v.ID, district, v.JobID, v.Staff, open, store.Micros(v.Offered)); err != nil {
				return err
			}
			if err := saveAsked(ctx, tx, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func saveAsked(ctx context.Context, tx *store.Tx, v board.VisitRow) error {
	for _, o := range v.Asked {
		open := v.State == board.Offered && o.Outcome == board.OfferOpen
		_, err := tx.Exec(ctx, `INSERT INTO dispatch_asked (visit_id, staff_id, open) VALUES (?, ?, ?)
			ON CONFLICT (visit_id, staff_id) DO UPDATE SET open = excluded.open WHERE dispatch_asked.open <> excluded.open`, v.ID, o.Staff, open)
		if err != nil {
			return fmt.Errorf("save offer of %s: %w", v.ID, err)
		}
	}
	return nil
}

// Found is a visit with the job it is for.
type Found struct {
	District string
	Visit    board.VisitRow
	Job      board.JobRow
}

const selectFound = `SELECT v.district_id, v.data, j.data FROM dispatch_visit v JOIN dispatch_job j ON j.id = v.job_id `

func scanFound(row store.Scanner) (f Found, err error) {
	var visit, job string
	if err := row.Scan(&f.District, &visit, &job); err != nil {
		return f, err
	}
	return f, errors.Join(json.Unmarshal([]byte(visit), &f.Visit), json.Unmarshal([]byte(job), &f.Job))
}

// Visit answers a visit, open or over, or board.ErrVisitUnknown.
func (Store) Visit(ctx context.Context, tx *store.Tx, id string) (Found, error) {
	f, err := scanFound(tx.QueryRow(ctx, selectFound+`WHERE v.id = ?`, id))
	if errors.Is(err, store.ErrNotFound) {
		err = board.ErrVisitUnknown
	}
	return f, err
}

// VisitsOf answers a technician's open visits and open offers, the oldest first.
func (Store) VisitsOf(ctx context.Context, tx *store.Tx, staff string) ([]Found, error) {
	return store.Collect(ctx, tx, scanFound, selectFound+`WHERE v.open = ? AND (v.staff_id = ? OR v.id IN
		(SELECT visit_id FROM dispatch_asked WHERE staff_id = ? AND open = ?)) ORDER BY v.offered_at, v.id`, true, staff, staff, true)
}

// VisitsFor answers every visit of a ticket, also those of a second technician, the oldest first.
func (Store) VisitsFor(ctx context.Context, tx *store.Tx, ticket string) ([]Found, error) {
	return store.Collect(ctx, tx, scanFound, selectFound+`WHERE v.job_id IN (?, ?) ORDER BY v.offered_at, v.id`,
		ticket, board.SecondOf(ticket))
}

// OnBoards answers a technician as each board they are on knows them.
func (Store) OnBoards(ctx context.Context, tx *store.Tx, staff string) ([]board.TechnicianRow, error) {
	return store.Collect(ctx, tx, scan[board.TechnicianRow], `SELECT data FROM dispatch_technician WHERE id = ? ORDER BY district_id`, staff)
}

// DistrictOfJob answers where a ticket is dispatched, or board.ErrJobUnknown.
func (Store) DistrictOfJob(ctx context.Context, tx *store.Tx, ticket string) (district string, err error) {
	err = tx.QueryRow(ctx, `SELECT district_id FROM dispatch_job WHERE id = ?`, ticket).Scan(&district)
	if errors.Is(err, store.ErrNotFound) {
		err = board.ErrJobUnknown
	}
	return district, err
}

// DistrictsOf answers the districts on whose boards a technician is.
func (Store) DistrictsOf(ctx context.Context, tx *store.Tx, staff string) ([]string, error) {
	return store.Collect(ctx, tx, func(row store.Scanner) (d string, err error) { return d, row.Scan(&d) },
		`SELECT district_id FROM dispatch_technician WHERE id = ? ORDER BY district_id`, staff)
}

// SharedStaff answers who is on several boards.
func (Store) SharedStaff(ctx context.Context, tx *store.Tx) ([]string, error) {
	return store.Collect(ctx, tx, func(row store.Scanner) (s string, err error) { return s, row.Scan(&s) },
		`SELECT id FROM dispatch_technician GROUP BY id HAVING COUNT(*) > 1 ORDER BY id`)
}

// Districts answers every district that has a board.
func (Store) Districts(ctx context.Context, tx *store.Tx) ([]string, error) {
	return store.Collect(ctx, tx, func(row store.Scanner) (d string, err error) { return d, row.Scan(&d) },
		`SELECT id FROM dispatch_district ORDER BY id`)
}

func put[T any](ctx context.Context, tx *store.Tx, row T, query string, args ...any) error {
	data, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("write row: %w", err)
	}
	if _, err := tx.Exec(ctx, query, append([]any{string(data)}, args...)...); err != nil {
		return fmt.Errorf("save row: %w", err)
	}
	return nil
}

func scan[T any](row store.Scanner) (value T, err error) {
	var data string
	if err := row.Scan(&data); err != nil {
		return value, err
	}
	return value, json.Unmarshal([]byte(data), &value)
}
