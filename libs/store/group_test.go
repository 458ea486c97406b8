package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/linlihub/linli/libs/store"
)

// Changes that wait at the same time share a commit; that some of them fail, panic or are given up in the middle of a
// statement must not show in the others. The first change keeps the writer's turn until all the others are waiting.
func TestChangesThatShareACommitAreApart(t *testing.T) {
	db, err := store.Open(t.Context(), store.Config{DSN: "sqlite:" + filepath.Join(t.TempDir(), "shelf.db")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context(), sub(t, testdata, "testdata"), "shelf"); err != nil {
		t.Fatal(err)
	}
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
				_, err := tx.Exec(ctx, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000)
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
