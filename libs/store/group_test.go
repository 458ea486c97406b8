package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

// shelf is a migrated SQLite file.
func shelf(t *testing.T) *store.DB {
	t.Helper()
	db := storetest.Open(t, storetest.SQLite(t))
	if err := db.Migrate(t.Context(), sub(t, testdata, "testdata"), "shelf"); err != nil {
		t.Fatal(err)
	}
	return db
}

// behind waits until as many changes wait for their turn.
func behind(db *store.DB, waiting int64) {
	for db.Waiting() < waiting {
		runtime.Gosched()
	}
}

// A statement that is interrupted takes the whole shared transaction with it: its caller hears why, and whoever shared it
// runs again without hearing anything.
func TestAnInterruptedStatementCostsOthersOnlyTime(t *testing.T) {
	db := shelf(t)
	runs := 0
	for round := 0; runs < 2; round++ {
		if t.Context().Err() != nil {
			t.Fatal("no statement was interrupted while it ran")
		}
		runs = 0
		interrupted := make(chan error, 1)
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if runs++; runs == 1 {
				go func() {
					given, giveUp := context.WithTimeout(t.Context(), 20*time.Millisecond)
					defer giveUp()
					interrupted <- db.Write(given, func(ctx context.Context, tx *store.Tx) error {
						_, err := tx.Exec(ctx, long)
						return err
					})
				}()
				behind(db, 1)
			}
			_, err := tx.Exec(ctx, put, fmt.Sprint(round), fmt.Sprint(round), 1)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-interrupted; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the interrupted change heard %v", err)
		}
		if n := count(t, db, `SELECT copies FROM shelf_book WHERE id = ?`, fmt.Sprint(round)); n != 1 {
			t.Errorf("%d copies", n)
		}
	}
}

// A change that cannot be kept must not be told as if it were: here a statement that writes is still open at its end.
func TestAChangeThatCannotBeKeptSaysSo(t *testing.T) {
	db := shelf(t)
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		rows, err := tx.Query(ctx, put+` RETURNING id`, "a", "红楼梦", 1) //nolint:sqlclosecheck // this is the mistake
		if err != nil || !rows.Next() {
			return errors.Join(err, rows.Err(), errors.New("no row came back"))
		}
		return nil
	})
	if n := count(t, db, `SELECT count(*) FROM shelf_book`); (n == 1) != (err == nil) {
		t.Errorf("%d rows, and the caller heard %v", n, err)
	}
	exec(t, db, put, "b", "西游记", 1) // and the file can be written all the same
}

// Whoever gives up while others work is let go at once, and what waited for it to come is committed all the same.
func TestWhoeverGivesUpIsLetGo(t *testing.T) {
	db := shelf(t)
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		given, giveUp := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			gone <- db.Write(given, func(context.Context, *store.Tx) error { return errors.New("it never began") })
		}()
		behind(db, 1)
		giveUp()
		if err := <-gone; !errors.Is(err, context.Canceled) { // while we have the turn
			t.Errorf("it heard %v", err)
		}
		_, err := tx.Exec(ctx, put, "a", "红楼梦", 1)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT count(*) FROM shelf_book`); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// A Tx that is kept after its function must not write into what others share.
func TestNothingIsWrittenAfterTheEnd(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var escaped *store.Tx
		err := db.Write(t.Context(), func(_ context.Context, tx *store.Tx) error {
			escaped = tx
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Write(t.Context(), func(ctx context.Context, _ *store.Tx) error {
			_, err := escaped.Exec(ctx, put, "a", "红楼梦", 1)
			if !errors.Is(err, sql.ErrTxDone) {
				t.Errorf("a transaction that is over answered %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, `SELECT count(*) FROM shelf_book`); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

// Changes that wait at the same time share a commit; that some of them fail, panic or are given up in the middle of a
// statement must not show in the others. The first change keeps the writer's turn until all the others are waiting.
func TestChangesThatShareACommitAreApart(t *testing.T) {
	db := shelf(t)
	const many = 200
	errNo := errors.New("no")
	var all sync.WaitGroup
	var hooks atomic.Int64
	began := make(chan struct{})
	write := func(i int) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		given, giveUp := context.WithCancel(t.Context())
		defer giveUp()
		return db.Write(given, func(ctx context.Context, tx *store.Tx) error {
			<-began
			tx.OnCommit(func() { hooks.Add(1) })
			if _, err := tx.Exec(ctx, put, fmt.Sprint(i), fmt.Sprint("第", i, "回"), 1); err != nil {
				return err
			}
			switch i % 50 {
			case 1:
				return errNo
			case 2:
				panic("oh")
			case 3:
				giveUp()
				_, err := tx.Exec(ctx, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000)
					UPDATE shelf_book SET copies = (SELECT count(*) FROM n) WHERE id = ?`, fmt.Sprint(i))
				return err
			}
			return nil
		})
	}
	results := make([]error, many)
	for i := range many {
		all.Go(func() { results[i] = write(i) })
	}
	close(began)
	all.Wait()
	kept := int64(0)
	for i, err := range results {
		if good := i%50 == 0 || i%50 > 3; good != (err == nil) {
			t.Errorf("change %d: %v", i, err)
		} else if good {
			kept++
		}
		if i%50 == 1 && !errors.Is(err, errNo) || i%50 == 3 && !errors.Is(err, context.Canceled) {
			t.Errorf("change %d failed for another reason: %v", i, err)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM shelf_book`); n != kept {
		t.Errorf("%d rows, want the %d of the changes that succeeded", n, kept)
	}
	if hooks.Load() != kept {
		t.Errorf("%d hooks ran, want %d", hooks.Load(), kept)
	}
}
