package outbox_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
)

// fill writes n rows of each table, events published at the given times.
func fill(t *testing.T, db *store.DB, n int, published any, at time.Time) {
	t.Helper()
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for i := range n {
			name := fmt.Sprint(i, at)
			if _, err := tx.Exec(ctx, `
				INSERT INTO outbox_event (event_id, topic, type, subject, key, slot, at, traceparent, tracestate, data, published_at)
				VALUES (?, '', '', '', '', 0, 0, '', '', ?, ?)`, name, []byte("x"), published); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO outbox_inbox (consumer, message_id, seen_at) VALUES ('c', ?, ?)`, name, store.Micros(at)); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `
				INSERT INTO outbox_idempotency (scope, operation, key, hash, type, answer, answered_at) VALUES ('', '', ?, '', '', ?, ?)`,
				name, []byte{}, store.Micros(at)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func rows(t *testing.T, db *store.DB) string {
	t.Helper()
	return fmt.Sprintf("%d events, %d in the inbox, %d answers", count(t, db, `SELECT count(*) FROM outbox_event`),
		count(t, db, `SELECT count(*) FROM outbox_inbox`), count(t, db, `SELECT count(*) FROM outbox_idempotency`))
}

func TestCleanForgetsWhatIsOld(t *testing.T) {
	now := time.Now()
	each(t, func(t *testing.T, db *store.DB) {
		box := open(t, db, outbox.Config{KeepPublished: time.Hour, KeepInbox: 2 * time.Hour})
		old := now.Add(-48 * time.Hour)
		fill(t, db, 10, nil, old) // the oldest events were never published
		fill(t, db, 950, store.Micros(old), old.Add(time.Second))
		fill(t, db, 30, store.Micros(now.Add(-30*time.Minute)), now.Add(-90*time.Minute))
		for range 2 {
			if err := box.Clean(t.Context(), now); err != nil {
				t.Fatal(err)
			}
			if got := rows(t, db); got != "40 events, 30 in the inbox, 30 answers" {
				t.Error(got)
			}
		}
		if n, err := box.Waiting(t.Context()); n != 10 || err != nil {
			t.Errorf("%d events wait, %v", n, err)
		}
		if err := box.Clean(t.Context(), now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := rows(t, db); got != "10 events, 0 in the inbox, 30 answers" {
			t.Error(got)
		}
	})
}

func TestCleanForgetsWhatIsTooMuch(t *testing.T) {
	now := time.Now()
	each(t, func(t *testing.T, db *store.DB) {
		box := open(t, db, outbox.Config{KeepRows: 300})
		fill(t, db, 7, nil, now)
		fill(t, db, 1000, store.Micros(now), now.Add(time.Second))
		if err := box.Clean(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if got := rows(t, db); got != "307 events, 300 in the inbox, 1007 answers" {
			t.Error(got)
		}
	})
}
