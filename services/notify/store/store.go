// Package store keeps feeds in rows. Every method works in the caller's transaction.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/store"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	"github.com/linlihub/linli/services/notify/feed"
)

// Store reads and writes feeds.
type Store struct{}

// Append adds an entry to its feed and gives it the next number.
func (Store) Append(ctx context.Context, tx *store.Tx, e *notifyv1.Entry) error {
	err := tx.QueryRow(ctx, `INSERT INTO notify_feed (feed, seq, read_up_to) VALUES (?, 1, 0)
		ON CONFLICT (feed) DO UPDATE SET seq = notify_feed.seq + 1 RETURNING seq`, e.GetFeed()).Scan(&e.Seq)
	if err != nil {
		return fmt.Errorf("number entry of %s: %w", e.GetFeed(), err)
	}
	data, err := proto.Marshal(e)
	if err != nil {
		return fmt.Errorf("write entry: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO notify_entry (feed, seq, at, entry) VALUES (?, ?, ?, ?)`,
		e.GetFeed(), e.GetSeq(), store.Micros(e.GetAt().AsTime()), data)
	return err
}

// After answers the entries of a feed after a number, in order.
func (Store) After(ctx context.Context, tx *store.Tx, name string, seq int64, limit int) ([]*notifyv1.Entry, error) {
	return store.Collect(ctx, tx, scan,
		fmt.Sprintf(`SELECT entry FROM notify_entry WHERE feed = ? AND seq > ? ORDER BY seq LIMIT %d`, limit), name, seq)
}

// Newest answers the last entries of a feed, in order.
func (Store) Newest(ctx context.Context, tx *store.Tx, name string, limit int) ([]*notifyv1.Entry, error) {
	entries, err := store.Collect(ctx, tx, scan,
		fmt.Sprintf(`SELECT entry FROM notify_entry WHERE feed = ? ORDER BY seq DESC LIMIT %d`, limit), name)
	slices.Reverse(entries)
	return entries, err
}

func scan(row store.Scanner) (*notifyv1.Entry, error) {
	var data []byte
	if err := row.Scan(&data); err != nil {
		return nil, err
	}
	e := &notifyv1.Entry{}
	if err := proto.Unmarshal(data, e); err != nil {
		return nil, fmt.Errorf("read entry: %w", err)
	}
	return e, nil
}

// Position answers how long a feed is and how far it was read.
func (Store) Position(ctx context.Context, tx *store.Tx, name string) (seq, readUpTo int64, err error) {
	err = tx.QueryRow(ctx, `SELECT seq, read_up_to FROM notify_feed WHERE feed = ?`, name).Scan(&seq, &readUpTo)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return seq, readUpTo, err
}

// MarkRead moves how far a feed was read, forward only and not beyond its end.
func (Store) MarkRead(ctx context.Context, tx *store.Tx, name string, seq int64) error {
	_, err := tx.Exec(ctx, `UPDATE notify_feed SET read_up_to = CASE WHEN seq < CAST(? AS BIGINT) THEN seq ELSE CAST(? AS BIGINT) END
		WHERE feed = ? AND read_up_to < CAST(? AS BIGINT)`, seq, seq, name, seq)
	return err
}

// Ticket answers what is known of a ticket; the zero Ticket when nothing is.
func (Store) Ticket(ctx context.Context, tx *store.Tx, id string) (t feed.Ticket, err error) {
	var listeners string
	err = tx.QueryRow(ctx, `SELECT id, district_id, resident_id, listeners FROM notify_ticket WHERE id = ?`, id).
		Scan(&t.ID, &t.DistrictID, &t.ResidentID, &listeners)
	if errors.Is(err, store.ErrNotFound) {
		return feed.Ticket{}, nil
	}
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal([]byte(listeners), &t.Listeners)
}

// PutTicket keeps what is known of a ticket.
func (Store) PutTicket(ctx context.Context, tx *store.Tx, t feed.Ticket) error {
	listeners, err := json.Marshal(append([]string{}, t.Listeners...))
	if err != nil {
		return fmt.Errorf("write listeners: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO notify_ticket (id, district_id, resident_id, listeners) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET listeners = excluded.listeners`, t.ID, t.DistrictID, t.ResidentID, string(listeners))
	return err
}

// DropBefore forgets entries of long ago, at most limit of them, and says how many there were.
func (Store) DropBefore(ctx context.Context, tx *store.Tx, before time.Time, limit int) (int64, error) {
	return tx.Exec(ctx, fmt.Sprintf(`DELETE FROM notify_entry WHERE (feed, seq) IN
		(SELECT feed, seq FROM notify_entry WHERE at < ? ORDER BY at LIMIT %d)`, limit), store.Micros(before))
}
