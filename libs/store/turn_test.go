package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/linlihub/linli/libs/store"
)

// TestInTurn has many change a few things at the same time. None of them reads what another one of the same thing is about to
// change, and none runs again, although all rows are on one page.
func TestInTurn(t *testing.T) {
	const things, times = 8, 20
	each(t, func(t *testing.T, db *store.DB) {
		for thing := range things {
			if _, err := db.Lazily(t.Context(), put, fmt.Sprint(thing), fmt.Sprint(thing), 0); err != nil {
				t.Fatal(err)
			}
		}
		var runs atomic.Int64
		var group sync.WaitGroup
		for i := range things * times {
			thing := fmt.Sprint(i % things)
			group.Go(func() {
				err := db.InTurn(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					runs.Add(1)
					var n int
					if err := tx.QueryRow(ctx, `SELECT copies FROM shelf_book WHERE id = ?`, thing).Scan(&n); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, `UPDATE shelf_book SET copies = ? WHERE id = ?`, n+1, thing)
					return err
				}, "book "+thing, "book "+thing)
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := count(t, db, `SELECT sum(copies) FROM shelf_book`); n != things*times || runs.Load() != things*times {
			t.Errorf("%d times, in %d runs, not %d", n, runs.Load(), things*times)
		}
	})
}

// TestInTurnOfSeveral: two that name several things in another order never wait for each other for ever.
func TestInTurnOfSeveral(t *testing.T) {
	const callers = 40
	each(t, func(t *testing.T, db *store.DB) {
		var group sync.WaitGroup
		for i := range callers {
			things := []string{"a", "b", "c"}
			if i%2 == 0 {
				slices.Reverse(things)
			}
			group.Go(func() {
				err := db.InTurn(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Exec(ctx, put+` ON CONFLICT (id) DO UPDATE SET copies = shelf_book.copies + 1`, "a", "a", 1)
					return err
				}, things...)
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := count(t, db, `SELECT copies FROM shelf_book`); n != callers {
			t.Errorf("%d changes, not %d", n, callers)
		}
	})
}

func TestInTurnDoesNotNest(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		nothing := func(context.Context, *store.Tx) error { return nil }
		err := db.InTurn(t.Context(), func(ctx context.Context, _ *store.Tx) error {
			if err := db.InTurn(ctx, nothing, "b"); !errors.Is(err, store.ErrNested) {
				t.Errorf("inside: %v", err)
			}
			return nil
		}, "a")
		if err != nil {
			t.Error(err)
		}
	})
}
