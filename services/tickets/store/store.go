// Package store keeps tickets in rows: the log of each, the snapshot that follows from it, and the deadlines ahead.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/tickets/policy"
	"github.com/linlihub/linli/services/tickets/ticket"
)

// ErrUnknown is a ticket that does not exist, or that the caller may not know of.
var ErrUnknown = fault.Define(fault.NotFound, "tickets.not_found", "没有找到这张工单", "no such ticket")

// Store reads and writes tickets. Every method works in the caller's transaction.
type Store struct{ Policies *policy.Book }

// Load answers a ticket for change, or ErrUnknown.
func (s Store) Load(ctx context.Context, tx *store.Tx, id string) (*ticket.Ticket, error) {
	snapshot, err := s.Snapshot(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	pinned, err := s.Policies.Get(snapshot.Policy)
	if err != nil {
		return nil, fmt.Errorf("load ticket %s: %w", id, err)
	}
	return ticket.Restore(snapshot, pinned)
}

// Snapshot answers a ticket for reading, or ErrUnknown.
func (Store) Snapshot(ctx context.Context, tx *store.Tx, id string) (ticket.Snapshot, error) {
	snapshot, err := scanSnapshot(tx.QueryRow(ctx, `SELECT snapshot FROM tickets_ticket WHERE id = ?`, id))
	if errors.Is(err, store.ErrNotFound) {
		return snapshot, ErrUnknown
	}
	return snapshot, err
}

func scanSnapshot(row store.Scanner) (s ticket.Snapshot, err error) {
	var text string
	if err := row.Scan(&text); err != nil {
		return s, err
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("read snapshot: %w", err)
	}
	return s, nil
}

// Save writes what changed: the row if it still has the version that was loaded, the new events and the deadlines. It
// fails with fault.Stale when somebody else was faster.
func (s Store) Save(ctx context.Context, tx *store.Tx, t *ticket.Ticket) error {
	changes := t.Changes()
	if len(changes) == 0 {
		return nil
	}
	if err := s.saveRow(ctx, tx, t, changes[len(changes)-1].When().At); err != nil {
		return fmt.Errorf("save ticket %s: %w", t.ID(), err)
	}
	for i, e := range changes {
		data, err := ticket.Encode(e)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO tickets_event (ticket_id, seq, name, at, data) VALUES (?, ?, ?, ?, ?)`,
			t.ID(), t.Loaded()+int64(i)+1, e.Name(), store.Micros(e.When().At), string(data))
		if err != nil {
			return fmt.Errorf("save event of ticket %s: %w", t.ID(), err)
		}
	}
	return s.saveDeadlines(ctx, tx, t)
}

func (Store) saveRow(ctx context.Context, tx *store.Tx, t *ticket.Ticket, at time.Time) error {
	snapshot := t.Snapshot()
	text, err := json.Marshal(snapshot)
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	staff := ""
	if v := snapshot.OpenVisit(); v != nil {
		staff = v.StaffID
	}
	state, live := string(snapshot.State()), snapshot.Stage.Live()
	if t.Loaded() == 0 {
		_, err := tx.Exec(ctx, `INSERT INTO tickets_ticket (id, version, number, district_id, building_id, home_id, resident_id,
			opener_id, staff_id, category, state, live, opened_at, updated_at, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			snapshot.ID, snapshot.Version, Number(snapshot), snapshot.Place.DistrictID, snapshot.Place.BuildingID, snapshot.Place.HomeID,
			snapshot.For, snapshot.Opener.ID, staff, string(snapshot.Category), state, live, store.Micros(snapshot.Timeline.Cycles[0].Posted), store.Micros(at), string(text))
		return err
	}
	rows, err := tx.Exec(ctx, `UPDATE tickets_ticket SET version = ?, staff_id = ?, state = ?, live = ?, updated_at = ?, snapshot = ?
		WHERE id = ? AND version = ?`,
		snapshot.Version, staff, state, live, store.Micros(at), string(text), snapshot.ID, t.Loaded())
	if err == nil && rows == 0 {
		return fault.Stale
	}
	return err
}

func (Store) saveDeadlines(ctx context.Context, tx *store.Tx, t *ticket.Ticket) error {
	if t.Loaded() > 0 {
		if _, err := tx.Exec(ctx, `DELETE FROM tickets_deadline WHERE ticket_id = ?`, t.ID()); err != nil {
			return fmt.Errorf("clear deadlines of %s: %w", t.ID(), err)
		}
	}
	for _, d := range t.Deadlines() {
		_, err := tx.Exec(ctx, `INSERT INTO tickets_deadline (ticket_id, kind, at) VALUES (?, ?, ?)`, t.ID(), string(d.Kind), store.Micros(d.At))
		if err != nil {
			return fmt.Errorf("save deadline of %s: %w", t.ID(), err)
		}
	}
	return nil
}

// Number is the ticket as people say it on the phone, day and five characters: 0324-7K2QF. It is told from the id, whose
// random end makes two alike on one day about as rare as one day in a thousand; the id is what counts.
func Number(s ticket.Snapshot) string {
	const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base 32: no I, L, O, U
	var sum uint64
	for _, r := range strings.ReplaceAll(s.ID, "-", "") {
		sum = sum*31 + uint64(r) //nolint:gosec // a sum that may wrap
	}
	tail := make([]byte, 5)
	for i := range tail {
		tail[i] = letters[sum%32]
		sum /= 32
	}
	return s.Timeline.Cycles[0].Posted.In(policy.Zone).Format("0102") + "-" + string(tail)
}
