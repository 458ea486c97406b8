package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	"github.com/linlihub/linli/services/tickets/policy"
	"github.com/linlihub/linli/services/tickets/ticket"
)

var (
	nineAM = time.Date(2025, 3, 24, 1, 0, 0, 0, time.UTC) // 09:00 in China, a Monday
	anna   = ticket.Resident("person-anna")
	liu    = ticket.Technician{ID: "staff-liu", Name: "刘师傅"}
	all    = Store{Policies: policy.Default()}
)

// each runs a test on every engine, with the tables of tickets and of the outbox.
func each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	storetest.EachMigrated(t, func(t *testing.T, db *store.DB) {
		if _, err := outbox.Open(t.Context(), db, outbox.Config{Source: "tickets"}); err != nil {
			t.Fatal(err)
		}
		fn(t, db)
	}, "tickets", os.DirFS("../migrations"))
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

func write(t testing.TB, db *store.DB, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// open makes a ticket that is not yet saved.
func open(t testing.TB, id string, at time.Time, change ...func(*ticket.Request)) *ticket.Ticket {
	t.Helper()
	r := ticket.Request{ID: id, By: anna, Category: ticket.Plumbing, Words: "龙头滴水", Place: ticket.Place{
		HomeID: "home-1", DistrictID: "east", CommunityID: "spring", BuildingID: "building-1", Point: &ticket.Point{Lat: 30.25, Lon: 120.16},
	}}
	for _, c := range change {
		c(&r)
	}
	p, err := policy.Default().InForce(policy.Standard, at)
	if err != nil {
		t.Fatal(err)
	}
	tk, err := ticket.Open(r, p, at)
	if err != nil {
		t.Fatal(err)
	}
	return tk
}

func save(t testing.TB, db *store.DB, tickets ...*ticket.Ticket) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) error {
		for _, tk := range tickets {
			if err := all.Save(ctx, tx, tk); err != nil {
				return err
			}
		}
		return nil
	})
}

func load(t testing.TB, db *store.DB, id string) *ticket.Ticket {
	t.Helper()
	return read(t, db, func(ctx context.Context, tx *store.Tx) (*ticket.Ticket, error) { return all.Load(ctx, tx, id) })
}

func TestSave_LoadsTheSameTicketAfterAnyLife(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			id, at := fmt.Sprintf("ticket-%d", n), nineAM
			tk := open(t, id, at)
			for range rapid.IntRange(0, 6).Draw(rt, "steps") {
				at = at.Add(time.Duration(rapid.IntRange(0, 500_000_000).Draw(rt, "micros")) * time.Microsecond)
				step(rt, tk, at)
				save(t, db, tk)
				back := load(t, db, id)
				if !reflect.DeepEqual(back.Snapshot(), tk.Snapshot()) {
					rt.Fatalf("loaded\n%+v\nsaved\n%+v", back.Snapshot(), tk.Snapshot())
				}
				log := read(t, db, func(ctx context.Context, tx *store.Tx) ([]ticket.Event, error) { return all.Log(ctx, tx, id) })
				replayed, err := ticket.Replay(log)
				if err != nil || !reflect.DeepEqual(replayed, tk.Snapshot()) {
					rt.Fatalf("the log gives (%v)\n%+v\nsaved\n%+v", err, replayed, tk.Snapshot())
				}
				tk = back
			}
		})
	})
}

// step lets something happen to a ticket; most of it is refused now and then.
func step(t *rapid.T, tk *ticket.Ticket, at time.Time) {
	switch rapid.IntRange(0, 8).Draw(t, "step") {
	case 0:
		tk.Assign(ticket.Assignment{VisitID: "v1", StaffID: liu.ID, StaffName: liu.Name, By: ticket.System("dispatch")}, at)
	case 1:
		tk.Accept("v1", liu, at)
	case 2:
		tk.Depart("v1", liu, at)
	case 3:
		tk.Arrive("v1", liu, at)
	case 4:
		tk.Finish("v1", liu, ticket.Result{Words: "好了"}, at)
	case 5:
		_ = tk.Rate(5, "谢谢", anna, at)
	case 6:
		_ = tk.Urge("", anna, at)
	case 7:
		_ = tk.Reopen("还在滴", anna, at)
	default:
		_ = tk.Cancel("", anna, at)
	}
}

func TestSave_OfTwoWhoSawTheSameVersionOneIsStale(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		save(t, db, open(t, "a", nineAM))
		first, second := load(t, db, "a"), load(t, db, "a")
		if err := errors.Join(first.Urge("", anna, nineAM), second.Cancel("", anna, nineAM)); err != nil {
			t.Fatal(err)
		}
		save(t, db, first)
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return all.Save(ctx, tx, second) })
		if !errors.Is(err, fault.Stale) {
			t.Fatalf("the second hears %v", err)
		}
		if got := load(t, db, "a"); got.State() != ticket.StateOpened || got.Version() != first.Version() {
			t.Errorf("kept %s at %d", got.State(), got.Version())
		}
	})
}

func TestSave_IsUndoneWithItsEvent(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		broken := errors.New("the last statement fails")
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			err := all.Save(ctx, tx, open(t, "a", nineAM))
			err = errors.Join(err, outbox.Add(ctx, tx, outbox.Event{Key: "x", Subject: "a", Time: nineAM, Message: &hrv1.DutyEnded{StaffId: "x"}}))
			return errors.Join(err, broken)
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		for _, table := range []string{"tickets_ticket", "tickets_event", "tickets_deadline", "outbox_event"} {
			n := read(t, db, func(ctx context.Context, tx *store.Tx) (n int, err error) {
				return n, tx.QueryRow(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n)
			})
			if n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
	})
}

func TestLoad_TheUnknown(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, loads := all.Load(ctx, tx, "nothing")
			_, shows := all.Photo(ctx, tx, "nothing")
			if !errors.Is(loads, ErrUnknown) || !errors.Is(shows, ErrUnknown) {
				t.Errorf("ticket %v, photo %v", loads, shows)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestDue_TheEarliestFirstAndDroppedWhenDone(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		save(t, db, open(t, "late", nineAM.Add(time.Minute)), open(t, "early", nineAM))
		due := func() []Due {
			return read(t, db, func(ctx context.Context, tx *store.Tx) ([]Due, error) { return all.NextDue(ctx, tx, 100) })
		}
		got := due()
		if len(got) != 6 || got[0].TicketID != "early" || got[0].Kind != ticket.Escalate(50) ||
			!slices.IsSortedFunc(got, func(a, b Due) int { return a.At.Compare(b.At) }) {
			t.Fatalf("due %+v", got)
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return all.DropDue(ctx, tx, got[0]) })
		if left := due(); len(left) != 5 || slices.Contains(left, got[0]) {
			t.Errorf("left %+v", left)
		}
		taken := load(t, db, "early")
		taken.Assign(ticket.Assignment{VisitID: "v1", StaffID: liu.ID, By: ticket.System("dispatch")}, nineAM)
		save(t, db, taken)
		if left := due(); len(left) != 3 || slices.ContainsFunc(left, func(d Due) bool { return d.TicketID == "early" }) {
			t.Errorf("who is in good hands still has %+v", left)
		}
	})
}

func TestNumber_IsShortAndOfTheDay(t *testing.T) {
	s := open(t, "0195c5f0-0000-7000-8000-000000000001", nineAM).Snapshot()
	other := open(t, "0195c5f0-0000-7000-8000-000000000002", nineAM).Snapshot()
	if got := Number(s); len(got) != 10 || got[:5] != "0324-" || got != Number(s) || got == Number(other) {
		t.Errorf("numbers %s, %s", got, Number(other))
	}
}
