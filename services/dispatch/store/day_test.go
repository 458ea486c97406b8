package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/dispatch/board"
)

// worked is a district in which liu did a ticket and holds another, both offered at the same time.
func worked(t testing.TB, db *store.DB, district string) {
	t.Helper()
	staffed(t, db, district, "liu")
	for _, id := range []string{"done", "open"} {
		b := change(t, db, district, func(b *board.Board) { b.JobOpened(ticket(id, district), now) })
		visit := b.Visits()[len(b.Visits())-1].ID
		for _, step := range []func(*board.Board) error{
			func(b *board.Board) error { return b.Accept(visit, "liu", now) },
			func(b *board.Board) error { return b.Depart(visit, "liu", now) },
			func(b *board.Board) error { return b.Arrive(visit, "liu", now) },
			func(b *board.Board) error { return b.Finish(visit, "liu", "", "", now) },
		}[:map[string]int{"done": 4, "open": 1}[id]] {
			change(t, db, district, func(b *board.Board) {
				if err := step(b); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

func TestVisitsSince_AndWorks(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		worked(t, db, "east")
		change(t, db, "west", func(b *board.Board) { b.TechnicianChanged(technician("liu"), now) }) // on a second board
		ids := func(all []Found) (ids []string) {
			for _, f := range all {
				ids = append(ids, f.Job.ID+" of "+f.District)
			}
			slices.Sort(ids)
			return ids
		}
		since := func(at time.Time) []Found {
			return read(t, db, func(ctx context.Context, tx *store.Tx) ([]Found, error) {
				return Store{}.VisitsSince(ctx, tx, "liu", at)
			})
		}
		works := func(district string, at time.Time) []Work {
			return read(t, db, func(ctx context.Context, tx *store.Tx) ([]Work, error) { return Store{}.Works(ctx, tx, district, at) })
		}
		if got := ids(since(now)); !slices.Equal(got, []string{"done of east", "open of east"}) {
			t.Errorf("since then: %v", got)
		}
		for _, district := range []string{"east", "west"} { // wherever it was
			if got := works(district, now); len(got) != 1 || got[0].Staff != "liu" || got[0].State != board.Finished || !got[0].EndedAt.Equal(now) || got[0].Way == 0 {
				t.Errorf("works of who is in %s: %+v", district, got)
			}
		}
		if later := now.Add(time.Microsecond); len(since(later)) != 0 || len(works("east", later)) != 0 || len(works("north", now)) != 0 {
			t.Error("found what was before, or of nobody")
		}
	})
}

func TestJob_IsFoundAlsoWhenItIsClosed(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		worked(t, db, "east")
		if j := read(t, db, func(ctx context.Context, tx *store.Tx) (board.JobRow, error) { return Store{}.Job(ctx, tx, "done") }); j.Number != "0324-done" || !j.Closed {
			t.Errorf("found %+v", j)
		}
		err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := Store{}.Job(ctx, tx, "nothing")
			return err
		})
		if !errors.Is(err, board.ErrJobUnknown) {
			t.Errorf("an unknown one: %v", err)
		}
	})
}

// Of two changes of who helps whom each is told the version that it changes.
func TestChangeHelp_TellsTheVersion(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for want := range int64(3) {
			if got := read(t, db, Store{}.HelpVersion); got != want {
				t.Fatalf("version %d, want %d", got, want)
			}
			err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return Store{}.ChangeHelp(ctx, tx, func(version int64, helpers map[string][]string) error {
					if version != want {
						t.Errorf("told %d, want %d", version, want)
					}
					helpers["east"] = []string{"west"}
					return nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
