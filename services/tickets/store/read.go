package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/tickets/policy"
	"github.com/linlihub/linli/services/tickets/ticket"
)

// Log answers all that happened to a ticket, in order.
func (Store) Log(ctx context.Context, tx *store.Tx, id string) ([]ticket.Event, error) {
	return store.Collect(ctx, tx, func(row store.Scanner) (ticket.Event, error) {
		var name, data string
		if err := row.Scan(&name, &data); err != nil {
			return nil, err
		}
		return ticket.Decode(name, []byte(data))
	}, `SELECT name, data FROM tickets_event WHERE ticket_id = ? ORDER BY seq`, id)
}

// Recent counts what the limits of opening look at.
func (Store) Recent(ctx context.Context, tx *store.Tx, person, home, category string, now time.Time) (r ticket.Recent, err error) {
	dayStart := policy.DateOf(now).Start()
	err = tx.QueryRow(ctx, `SELECT COUNT(*) FROM tickets_ticket WHERE opener_id = ? AND opened_at >= ?`, person, store.Micros(dayStart)).
		Scan(&r.Today)
	if err != nil {
		return r, fmt.Errorf("count tickets of today: %w", err)
	}
	err = tx.QueryRow(ctx, `SELECT COUNT(*) FROM tickets_ticket WHERE opener_id = ? AND home_id = ? AND category = ? AND live = ?
		AND opened_at >= ?`, person, home, category, true, store.Micros(now.AddDate(0, 0, -30))).Scan(&r.Identical)
	if err != nil {
		return r, fmt.Errorf("count identical tickets: %w", err)
	}
	return r, nil
}

// Nearby answers the live tickets of a building, for suggestions.
func (Store) Nearby(ctx context.Context, tx *store.Tx, building string) ([]ticket.Snapshot, error) {
	return store.Collect(ctx, tx, scanSnapshot,
		`SELECT snapshot FROM tickets_ticket WHERE building_id = ? AND live = ? ORDER BY id DESC LIMIT 50`, building, true)
}

// Search is what tickets are looked for by: empty fields do not narrow it. Exactly one of the scopes must be set, unless
// Everywhere is.
type Search struct {
	PersonID, StaffID string
	Districts         []string
	Everywhere        bool

	DistrictID, HomeID, Category string
	States                       []string
	From, To                     time.Time // opened from then on, and before that; zero does not narrow it
	Before                       string    // cursor: opened_at and id of the last row of the former page
	Limit                        int
}

// Find answers tickets, newest first, and the cursor of the next page, or "".
func (Store) Find(ctx context.Context, tx *store.Tx, s Search) (found []ticket.Snapshot, next string, err error) {
	where, args := s.where()
	type hit struct {
		snapshot ticket.Snapshot
		cursor   string
	}
	hits, err := store.Collect(ctx, tx, func(row store.Scanner) (h hit, err error) {
		var opened int64
		h.snapshot, err = scanSnapshot(prefixed{row, &opened})
		h.cursor = fmt.Sprintf("%d/%s", opened, h.snapshot.ID)
		return h, err
	}, `SELECT opened_at, snapshot FROM tickets_ticket WHERE `+where+fmt.Sprintf(` ORDER BY opened_at DESC, id DESC LIMIT %d`, s.Limit), args...)
	if err != nil {
		return nil, "", fmt.Errorf("find tickets: %w", err)
	}
	for _, h := range hits {
		found = append(found, h.snapshot)
	}
	if len(hits) == s.Limit {
		next = hits[len(hits)-1].cursor
	}
	return found, next, nil
}

// prefixed scans a leading column before what the inner scanner reads.
type prefixed struct {
	store.Scanner
	first *int64
}

// Scan reads the leading column and the rest.
func (p prefixed) Scan(dest ...any) error { return p.Scanner.Scan(append([]any{p.first}, dest...)...) }

func (s Search) where() (string, []any) {
	var parts []string
	var args []any
	add := func(part string, values ...any) {
		parts, args = append(parts, part), append(args, values...)
	}
	switch {
	case s.Everywhere:
		add("1 = 1")
	case s.PersonID != "":
		add("resident_id = ?", s.PersonID)
	case s.Districts != nil:
		add("district_id IN ("+marks(len(s.Districts))+")", anys(s.Districts)...)
	case s.StaffID != "":
		add("staff_id = ?", s.StaffID)
	default: // nobody sees nothing, and not what has no technician
		add("1 = 0")
	}
	for _, eq := range []struct{ column, value string }{{"district_id", s.DistrictID}, {"home_id", s.HomeID}, {"category", s.Category}} {
		if eq.value != "" {
			add(eq.column+" = ?", eq.value)
		}
	}
	if !s.From.IsZero() {
		add("opened_at >= ?", store.Micros(s.From))
	}
	if !s.To.IsZero() {
		add("opened_at < ?", store.Micros(s.To))
	}
	if len(s.States) > 0 {
		add("state IN ("+marks(len(s.States))+")", anys(s.States)...)
	}
	if opened, id, ok := strings.Cut(s.Before, "/"); ok {
		add("(opened_at < CAST(? AS BIGINT) OR opened_at = CAST(? AS BIGINT) AND id < ?)", opened, opened, id)
	}
	return strings.Join(parts, " AND "), args
}

func anys(all []string) []any {
	values := make([]any, len(all))
	for i, v := range all {
		values[i] = v
	}
	return values
}

func marks(n int) string {
	if n == 0 {
		return "NULL"
	}
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}

// Due is a deadline of a ticket.
type Due struct {
	TicketID string
	Kind     ticket.DeadlineKind
	At       time.Time
}

// NextDue answers the earliest deadlines, at most limit.
func (Store) NextDue(ctx context.Context, tx *store.Tx, limit int) ([]Due, error) {
	return store.Collect(ctx, tx, func(row store.Scanner) (d Due, err error) {
		var at int64
		err = row.Scan(&d.TicketID, &d.Kind, &at)
		d.At = store.Time(at)
		return d, err
	}, fmt.Sprintf(`SELECT ticket_id, kind, at FROM tickets_deadline ORDER BY at LIMIT %d`, limit))
}

// DropDue forgets a deadline that no longer does anything.
func (Store) DropDue(ctx context.Context, tx *store.Tx, d Due) error {
	_, err := tx.Exec(ctx, `DELETE FROM tickets_deadline WHERE ticket_id = ? AND kind = ?`, d.TicketID, string(d.Kind))
	return err
}

// Photo is a picture without any metadata.
type Photo struct {
	ID, OwnerID, TicketID, ContentType string
	Content                            []byte
	UploadedAt                         time.Time
}

// PutPhoto keeps a photo that no ticket holds yet.
func (Store) PutPhoto(ctx context.Context, tx *store.Tx, p Photo) error {
	_, err := tx.Exec(ctx, `INSERT INTO tickets_photo (id, owner_id, ticket_id, content_type, content, uploaded_at) VALUES (?, ?, '', ?, ?, ?)`,
		p.ID, p.OwnerID, p.ContentType, p.Content, store.Micros(p.UploadedAt))
	return err
}

// HoldPhoto gives an uploaded photo of an owner to a ticket; false when it is unknown, another's, or held already.
func (Store) HoldPhoto(ctx context.Context, tx *store.Tx, id, owner, ticketID string) (bool, error) {
	rows, err := tx.Exec(ctx, `UPDATE tickets_photo SET ticket_id = ? WHERE id = ? AND owner_id = ? AND ticket_id = ''`, ticketID, id, owner)
	return rows == 1, err
}

// Photo answers one photo, or ErrUnknown.
func (Store) Photo(ctx context.Context, tx *store.Tx, id string) (Photo, error) {
	p := Photo{ID: id}
	var at int64
	err := tx.QueryRow(ctx, `SELECT owner_id, ticket_id, content_type, content, uploaded_at FROM tickets_photo WHERE id = ?`, id).
		Scan(&p.OwnerID, &p.TicketID, &p.ContentType, &p.Content, &at)
	if errors.Is(err, store.ErrNotFound) {
		return p, ErrUnknown
	}
	p.UploadedAt = store.Time(at)
	return p, err
}

// DropStrayPhotos forgets photos that no ticket held in time.
func (Store) DropStrayPhotos(ctx context.Context, tx *store.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM tickets_photo WHERE ticket_id = '' AND uploaded_at < ?`, store.Micros(before))
	return err
}
