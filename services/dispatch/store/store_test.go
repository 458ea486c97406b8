package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/plan"
)

var now = time.Date(2025, 3, 24, 4, 0, 0, 123456000, time.UTC)

// each runs a test on every engine.
func each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	storetest.EachMigrated(t, fn, "dispatch", os.DirFS("../migrations"))
}

func read[T any](t testing.TB, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) (answer T) {
	t.Helper()
	err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = fn(ctx, tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func load(t testing.TB, db *store.DB, district string) *board.Board {
	t.Helper()
	return read(t, db, func(ctx context.Context, tx *store.Tx) (*board.Board, error) { return Store{}.Load(ctx, tx, district) })
}

func save(ctx context.Context, db *store.DB, b *board.Board) error {
	return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return Store{}.Save(ctx, tx, b) })
}

// change loads a board, lets fn change it, and saves it.
func change(t testing.TB, db *store.DB, district string, fn func(*board.Board)) *board.Board {
	t.Helper()
	b := load(t, db, district)
	fn(b)
	if err := save(t.Context(), db, b); err != nil {
		t.Fatal(err)
	}
	return b
}

func technician(id string) board.TechnicianRow {
	return board.TechnicianRow{Name: id, Technician: plan.Technician{
		ID: id, Skills: []string{"plumbing"}, Districts: []string{"east", "west"}, At: plan.Place{Lat: 30.25, Lon: 120.16},
		Certificates: []plan.Certificate{{Skill: "electrical", Name: "低压电工", From: now.Add(-time.Hour), Until: now.Add(time.Hour)}},
	}}
}

func ticket(id, district string) board.JobRow {
	return board.JobRow{Number: "0324-" + id, Address: "春晓苑 3栋", Cycle: 1, Job: plan.Job{
		ID: id, District: district, Skill: "plumbing", Priority: plan.P3, Opened: now, Due: now.Add(time.Hour),
		Place: plan.Place{Lat: 30.26, Lon: 120.17, Community: "spring"}, Excluded: []string{"zhao"},
	}}
}

// staffed is a district with people on duty.
func staffed(t testing.TB, db *store.DB, district string, staff ...string) {
	t.Helper()
	change(t, db, district, func(b *board.Board) {
		for _, s := range staff {
			b.TechnicianChanged(technician(s), now)
			b.DutyStarted(s, plan.Place{Lat: 30.25, Lon: 120.16}, now.Add(8*time.Hour), now.Add(9*time.Hour), now)
		}
	})
}

func picture(t testing.TB, b *board.Board) string {
	t.Helper()
	data, err := json.Marshal([]any{b.District, b.Jobs(), b.Technicians(), b.Visits()})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestLoad_OfADistrictNobodyKnowsIsEmpty(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		if b := load(t, db, "nowhere"); b.Version != 0 || b.Changed() || len(b.Jobs())+len(b.Technicians())+len(b.Visits()) != 0 {
			t.Errorf("loaded %s", picture(t, b))
		}
	})
}

func TestSave_LoadsTheSameBoardAfterAnyLife(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			district, prefix := fmt.Sprintf("district-%d", n), fmt.Sprintf("%d-", n)
			staffed(t, db, district, "liu", "wang")
			for step := range rapid.IntRange(1, 5).Draw(rt, "steps") {
				b := change(t, db, district, func(b *board.Board) {
					j := ticket(fmt.Sprint(prefix, step), district)
					j.District, j.Priority = "east", plan.Priority(rapid.IntRange(1, 4).Draw(rt, "priority"))
					b.JobOpened(j, now)
					live(rt, b)
				})
				b.Settle()
				if got, want := picture(t, load(t, db, district)), picture(t, b); got != want {
					rt.Fatalf("loaded\n%s\nsaved\n%s", got, want)
				}
			}
		})
	})
}

// live lets the technicians of a board do something.
func live(t *rapid.T, b *board.Board) {
	for _, v := range b.Visits() {
		staff := v.Staff
		if staff == "" {
			staff = "liu"
		}
		// Refusals are what the board is for: any of these may be one.
		switch rapid.IntRange(0, 4).Draw(t, "does") {
		case 0:
			_ = b.Accept(v.ID, staff, now)
		case 1:
			_ = b.Decline(v.ID, staff, "忙", now)
		case 2:
			_ = b.Depart(v.ID, staff, now)
		case 3:
			b.JobClosed(v.JobID, "cancelled", now)
		}
	}
}

// DOMAIN 4: of two writers who saw the same board exactly one commits, and nothing of the other's is kept.
func TestRule4_OfTwoWritersOneCommits(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		staffed(t, db, "east", "liu")
		first, second := load(t, db, "east"), load(t, db, "east")
		first.JobOpened(ticket("a", "east"), now)
		second.JobOpened(ticket("b", "east"), now)
		if err := save(t.Context(), db, first); err != nil {
			t.Fatal(err)
		}
		if err := save(t.Context(), db, second); !errors.Is(err, ErrMoved) {
			t.Fatalf("the second writer hears %v", err)
		}
		if b := load(t, db, "east"); b.Job("a") == nil || b.Job("b") != nil || b.Version != 2 {
			t.Errorf("kept %s", picture(t, b))
		}
	})
}

// DOMAIN 4: also of two who make the first board of a district, and of many at once.
func TestRule4_OfManyWritersAtOnceOneCommits(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for round := range 2 { // a district that is new, and one that is not
			boards := make([]*board.Board, 16)
			for i := range boards {
				boards[i] = load(t, db, "east")
				boards[i].JobOpened(ticket(fmt.Sprintf("%d-%d", round, i), "east"), now)
			}
			var wg sync.WaitGroup
			errs := make([]error, len(boards))
			for i, b := range boards {
				wg.Go(func() { errs[i] = save(t.Context(), db, b) })
			}
			wg.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else if !errors.Is(err, ErrMoved) {
					t.Errorf("a loser hears %v", err)
				}
			}
			if b := load(t, db, "east"); won != 1 || len(b.Jobs()) != round+1 || b.Version != int64(round+1) {
				t.Fatalf("%d of %d committed: %s", won, len(boards), picture(t, b))
			}
		}
	})
}

func TestVisits_AreFoundByTechnicianAndTicket(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		staffed(t, db, "east", "liu", "wang")
		b := change(t, db, "east", func(b *board.Board) {
			j := ticket("pool", "east")
			j.Lapsed = 2
			b.JobOpened(j, now)
		})
		v := b.Visits()[0]
		of := func(staff string) []Found {
			return read(t, db, func(ctx context.Context, tx *store.Tx) ([]Found, error) { return Store{}.VisitsOf(ctx, tx, staff) })
		}
		if len(of("liu")) != 1 || len(of("wang")) != 1 || len(of("zhao")) != 0 {
			t.Fatalf("asked: liu %d, wang %d, zhao %d", len(of("liu")), len(of("wang")), len(of("zhao")))
		}
		change(t, db, "east", func(b *board.Board) {
			if err := b.Accept(v.ID, "wang", now); err != nil {
				t.Fatal(err)
			}
		})
		if len(of("liu")) != 0 || len(of("wang")) != 1 {
			t.Errorf("after the grab: liu %d, wang %d", len(of("liu")), len(of("wang")))
		}
		change(t, db, "east", func(b *board.Board) { b.JobClosed("pool", "cancelled", now) })
		if len(of("wang")) != 0 {
			t.Error("a visit that is over is still open to its technician")
		}
		all := read(t, db, func(ctx context.Context, tx *store.Tx) ([]Found, error) { return Store{}.VisitsFor(ctx, tx, "pool") })
		if len(all) != 1 || all[0].Visit.State != board.Withdrawn || all[0].District != "east" || all[0].Job.Number != "0324-pool" ||
			len(all[0].Visit.Asked) != 2 || all[0].Visit.Decision.Staff == "" {
			t.Errorf("found %+v", all)
		}
		one := read(t, db, func(ctx context.Context, tx *store.Tx) (Found, error) { return Store{}.Visit(ctx, tx, v.ID) })
		if one.Visit.ID != v.ID || !one.Visit.Offered.Equal(now) {
			t.Errorf("found %+v", one)
		}
	})
}

func TestUnknown_IsToldByName(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := (Store{}).Visit(ctx, tx, "nothing"); !errors.Is(err, board.ErrVisitUnknown) {
				t.Errorf("visit: %v", err)
			}
			if _, err := (Store{}).DistrictOfJob(ctx, tx, "nothing"); !errors.Is(err, board.ErrJobUnknown) {
				t.Errorf("job: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestDistricts_AndWhereATicketIs(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for _, d := range []string{"west", "east"} {
			change(t, db, d, func(b *board.Board) { b.JobOpened(ticket("job-"+d, d), now) })
		}
		if got := read(t, db, Store{}.Districts); len(got) != 2 || got[0] != "east" || got[1] != "west" {
			t.Errorf("districts %v", got)
		}
		where := read(t, db, func(ctx context.Context, tx *store.Tx) (string, error) {
			return Store{}.DistrictOfJob(ctx, tx, "job-west")
		})
		if where != "west" {
			t.Errorf("found in %s", where)
		}
		if b := load(t, db, "east"); b.Job("job-east") == nil || b.Job("job-west") != nil {
			t.Errorf("east has %s", picture(t, b))
		}
	})
}
