package store_test

import (
	"context"
	"embed"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

//go:embed testdata/migrations/*.sql
var testdata embed.FS

// each runs a test on every engine, on the table of testdata.
func each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	storetest.EachMigrated(t, fn, "shelf", sub(t, testdata, "testdata"))
}

// exec is a Write of one statement.
func exec(t testing.TB, db *store.DB, query string, args ...any) {
	t.Helper()
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// count is what a query for one number answers to somebody who looks from outside.
func count(t testing.TB, db *store.DB, query string, args ...any) (n int64) {
	t.Helper()
	err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, query, args...).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const put = `INSERT INTO shelf_book (id, title, copies) VALUES (?, ?, ?)`

func TestWriteCommits(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var hooks []string
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if tx.DB() != db {
				t.Error("a transaction of another database")
			}
			tx.OnCommit(func() { hooks = append(hooks, "first") })
			tx.OnCommit(func() {
				hooks = append(hooks, "second")
				if n := count(t, db, `SELECT count(*) FROM shelf_book`); n != 1 {
					t.Errorf("a hook sees %d rows", n)
				}
			})
			rows, err := tx.Exec(ctx, put, "a", "红楼梦 ?", 2)
			if rows != 1 {
				t.Errorf("%d rows changed", rows)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(hooks, " "); got != "first second" {
			t.Errorf("hooks ran: %s", got)
		}
	})
}

func TestWriteRollsBack(t *testing.T) {
	broken := errors.New("broken")
	each(t, func(t *testing.T, db *store.DB) {
		attempt := func(end func() error) (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = p.(error)
				}
			}()
			return db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				tx.OnCommit(func() { t.Error("a hook ran without a commit") })
				if _, err := tx.Exec(ctx, put, "a", "西游记", 1); err != nil {
					return err
				}
				return end()
			})
		}
		if err := attempt(func() error { return broken }); !errors.Is(err, broken) {
			t.Errorf("an error came back as %v", err)
		}
		if err := attempt(func() error { panic(broken) }); !errors.Is(err, broken) {
			t.Errorf("a panic came back as %v", err)
		}
		if n := count(t, db, `SELECT count(*) FROM shelf_book`); n != 0 {
			t.Errorf("%d rows stayed", n)
		}
		exec(t, db, put, "a", "西游记", 1) // and the connection is still good
	})
}

func TestReadIsASnapshotThatCannotWrite(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			var before, after int
			if err := tx.QueryRow(ctx, `SELECT count(*) FROM shelf_book`).Scan(&before); err != nil {
				return err
			}
			exec(t, db, put, "a", "水浒传", 1)
			if err := tx.QueryRow(ctx, `SELECT count(*) FROM shelf_book`).Scan(&after); err != nil {
				return err
			}
			if before != 0 || after != 0 {
				t.Errorf("saw %d, then %d rows", before, after)
			}
			if _, err := tx.Exec(ctx, put, "b", "三国演义", 1); err == nil {
				t.Error("a Read wrote")
			}
			return nil
		})
		if err == nil {
			t.Error("a Read with a failed statement succeeded")
		}
		if n := count(t, db, `SELECT count(*) FROM shelf_book`); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestNotFoundAndConflict(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		exec(t, db, put, "a", "红楼梦", 1)
		write := func(query string, args ...any) error {
			return db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, query, args...)
				return err
			})
		}
		for name, err := range map[string]error{
			"primary key":   write(put, "a", "西游记", 1),
			"unique column": write(put, "b", "红楼梦", 1),
			"update":        write(`INSERT INTO shelf_book (id, title, copies) SELECT 'c', title, 1 FROM shelf_book`),
		} {
			if !errors.Is(err, store.ErrConflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := write(put, "c", nil, 1); err == nil || errors.Is(err, store.ErrConflict) {
			t.Errorf("a missing value: %v", err)
		}
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			var title string
			if err := tx.QueryRow(ctx, `SELECT title FROM shelf_book WHERE id = ?`, "no").Scan(&title); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("an unknown row: %v", err)
			}
			_, err := tx.Exec(ctx, put, "d", "水浒传", 1) // not to find is no failure
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestTheFirstErrorEndsTheTransaction(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		exec(t, db, put, "a", "红楼梦", 1)
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, put, "b", "西游记", 1); err != nil {
				return err
			}
			_, _ = tx.Exec(ctx, put, "a", "again", 1) // swallowed
			if _, err := tx.Exec(ctx, put, "c", "水浒传", 1); !errors.Is(err, store.ErrConflict) {
				t.Errorf("a later statement: %v", err)
			}
			return nil
		})
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("the transaction: %v", err)
		}
		if n := count(t, db, `SELECT count(*) FROM shelf_book`); n != 1 {
			t.Errorf("%d rows: half of a transaction was kept", n)
		}
	})
}

func TestParallelWritersCountExactly(t *testing.T) {
	const writers = 50
	each(t, func(t *testing.T, db *store.DB) {
		exec(t, db, put, "a", "counter", 0)
		var group sync.WaitGroup
		for range writers {
			group.Go(func() {
				err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					var n int
					if err := tx.QueryRow(ctx, `SELECT copies FROM shelf_book WHERE id = ?`, "a").Scan(&n); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, `UPDATE shelf_book SET copies = ? WHERE id = ?`, n+1, "a")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := count(t, db, `SELECT copies FROM shelf_book`); n != writers {
			t.Errorf("counted %d of %d", n, writers)
		}
	})
}

// TestWriteRunsAgain overtakes a writer between what it read and what it writes. An engine that lets itself be overtaken
// must run it again, on the new row; one that has the other wait need not.
func TestWriteRunsAgain(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		exec(t, db, put, "a", "counter", 0)
		overtaken := make(chan struct{})
		overtake := sync.OnceFunc(func() {
			go func() {
				defer close(overtaken)
				exec(t, db, `UPDATE shelf_book SET copies = copies + 10 WHERE id = ?`, "a")
			}()
			patience := time.NewTimer(200 * time.Millisecond)
			defer patience.Stop()
			select {
			case <-overtaken:
			case <-patience.C:
			}
		})
		runs, hooks, early := 0, 0, false
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			runs++
			tx.OnCommit(func() { hooks++ })
			var n int
			if err := tx.QueryRow(ctx, `SELECT copies FROM shelf_book WHERE id = ?`, "a").Scan(&n); err != nil {
				return err
			}
			overtake()
			select {
			case <-overtaken:
				early = true
			default:
			}
			_, err := tx.Exec(ctx, `UPDATE shelf_book SET copies = ? WHERE id = ?`, n+1, "a")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		<-overtaken
		if n := count(t, db, `SELECT copies FROM shelf_book`); n != 11 {
			t.Errorf("counted %d", n)
		}
		if hooks != 1 || early != (runs > 1) {
			t.Errorf("overtaken %v, %d runs, %d hooks", early, runs, hooks)
		}
	})
}

// TestWriteIsSerializable has two writers decide by what the other one changes: at most one may be right.
func TestWriteIsSerializable(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var group sync.WaitGroup
		for _, id := range []string{"a", "b", "c", "d"} {
			group.Go(func() {
				err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					var n int
					if err := tx.QueryRow(ctx, `SELECT count(*) FROM shelf_book`).Scan(&n); err != nil || n >= 2 {
						return err
					}
					_, err := tx.Exec(ctx, put, id, id, 1)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := count(t, db, `SELECT count(*) FROM shelf_book`); n != 2 {
			t.Errorf("%d rows where two are allowed", n)
		}
	})
}

func TestTransactionsDoNotNest(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		nothing := func(context.Context, *store.Tx) error { return nil }
		outer := map[string]func(context.Context, func(context.Context, *store.Tx) error) error{"write": db.Write, "read": db.Read}
		for name, run := range outer {
			err := run(t.Context(), func(ctx context.Context, _ *store.Tx) error {
				_, lazily := db.Lazily(ctx, `DELETE FROM shelf_book`)
				for _, err := range []error{db.Write(ctx, nothing), db.Read(ctx, nothing), lazily} {
					if !errors.Is(err, store.ErrNested) {
						t.Errorf("inside a %s: %v", name, err)
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}

func TestTextThatNoEngineMayHold(t *testing.T) {
	type title string
	each(t, func(t *testing.T, db *store.DB) {
		for _, bad := range []any{"nul\x00", "\xff", title("\x00")} {
			err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return tx.QueryRow(ctx, put+` RETURNING id`, "a", bad, 1).Scan(new(string))
			})
			if !errors.Is(err, store.ErrText) {
				t.Errorf("%q: %v", bad, err)
			}
			if _, err := db.Lazily(t.Context(), put, "a", bad, 1); !errors.Is(err, store.ErrText) {
				t.Errorf("%q lazily: %v", bad, err)
			}
		}
	})
}

func TestCancelledCaller(t *testing.T) {
	gone := errors.New("the caller is gone")
	each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancelCause(t.Context())
		err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, put, "a", "红楼梦", 1); err != nil {
				return err
			}
			cancel(gone)
			_, err := tx.Exec(ctx, put, "b", "西游记", 1)
			return err
		})
		if !errors.Is(err, gone) {
			t.Errorf("write: %v", err)
		}
		if err := db.Read(ctx, func(context.Context, *store.Tx) error { return nil }); err == nil {
			t.Error("read for nobody")
		}
		if n := count(t, db, `SELECT count(*) FROM shelf_book`); n != 0 {
			t.Errorf("%d rows stayed", n)
		}
		exec(t, db, put, "c", "水浒传", 1)
	})
}

func TestLazily(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		rows, err := db.Lazily(t.Context(), put, "a", "红楼梦", 1)
		if err != nil || rows != 1 {
			t.Fatal(rows, err)
		}
		if _, err := db.Lazily(t.Context(), put, "a", "西游记", 1); !errors.Is(err, store.ErrConflict) {
			t.Error(err)
		}
		if n := count(t, db, `SELECT count(*) FROM shelf_book`); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestTypes(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		exec(t, db, `INSERT INTO shelf_loan (book, reader, cover, returned) VALUES (?, ?, ?, ?)`, "a", "住户", []byte{0, 255}, true)
		exec(t, db, `INSERT INTO shelf_loan (book, reader, cover, returned) VALUES (?, ?, ?, ?)`, "b", "?", []byte{}, false)
		type loan struct {
			id       int64
			reader   string
			cover    []byte
			returned bool
		}
		err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			loans, err := store.Collect(ctx, tx, func(row store.Scanner) (l loan, err error) {
				return l, row.Scan(&l.id, &l.reader, &l.cover, &l.returned)
			}, `SELECT id, reader, cover, returned FROM shelf_loan WHERE returned = ? OR reader = '?' ORDER BY id`, true)
			if err != nil {
				return err
			}
			if len(loans) != 2 || loans[0].id >= loans[1].id {
				t.Fatalf("%+v", loans)
			}
			if l := loans[0]; l.reader != "住户" || string(l.cover) != "\x00\xff" || !l.returned {
				t.Errorf("%+v", l)
			}
			if l := loans[1]; len(l.cover) != 0 || l.returned {
				t.Errorf("%+v", l)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestIDsOnlyRise deletes the newest row: its id must not come again.
func TestIDsOnlyRise(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var last int64
		for range 3 {
			exec(t, db, `INSERT INTO shelf_loan (book, reader, cover, returned) VALUES ('a', 'b', ?, FALSE)`, []byte{})
			id := count(t, db, `SELECT max(id) FROM shelf_loan`)
			if id <= last {
				t.Errorf("id %d after %d", id, last)
			}
			last = id
			exec(t, db, `DELETE FROM shelf_loan`)
		}
	})
}

// TestManyStatements uses more statements than a connection remembers, some of them inside themselves.
func TestManyStatements(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		exec(t, db, put, "a", "红楼梦", 1)
		exec(t, db, put, "b", "西游记", 1)
		const all = `SELECT id FROM shelf_book`
		for i := range 300 {
			if n := count(t, db, `SELECT count(*) FROM shelf_book -- `+strings.Repeat("x", i)); n != 2 {
				t.Fatalf("%d rows", n)
			}
		}
		err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			seen := 0
			outer, err := store.Collect(ctx, tx, scanText, all)
			if err != nil {
				return err
			}
			for range outer {
				inner, err := store.Collect(ctx, tx, scanText, all)
				if err != nil {
					return err
				}
				seen += len(inner)
			}
			if seen != 4 {
				t.Errorf("saw %d", seen)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func scanText(row store.Scanner) (s string, err error) { return s, row.Scan(&s) }
