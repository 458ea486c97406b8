package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	"github.com/linlihub/linli/services/hr/staff"
)

var now = time.Date(2025, 3, 24, 1, 0, 0, 0, time.UTC)

func each(t *testing.T, fn func(t *testing.T, db *store.DB, s Store)) {
	t.Helper()
	box, err := seal.New(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	storetest.EachMigrated(t, func(t *testing.T, db *store.DB) { fn(t, db, Store{Box: box}) }, "hr", os.DirFS("../migrations"))
}

func TestPut_ReadsTheSameEmployee(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s Store) {
		rapid.Check(t, func(rt *rapid.T) {
			e := staff.Employee{
				ID: rapid.StringMatching(`staff-[a-z]{1,3}`).Draw(rt, "id"), Name: "刘师傅", FullName: rapid.StringMatching(`刘[一-龥]{1,2}`).Draw(rt, "name"),
				Phone: rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(rt, "phone"), Roles: []string{"technician"},
				Districts: rapid.SliceOfN(rapid.SampledFrom([]string{"east", "west"}), 1, 2).Draw(rt, "districts"), Skills: []string{"plumbing"},
				DailyCap: rapid.IntRange(0, 100).Draw(rt, "cap"), Base: staff.Point{Lat: 30.25, Lon: 120.16},
				Shifts:       []staff.Shift{{Weekday: 1, StartMinute: 480, EndMinute: 1020}},
				Certificates: []staff.Certificate{{Skill: "electrical", Name: "低压电工", ValidFrom: now, ValidUntil: now.Add(time.Hour)}},
			}
			if rapid.Bool().Draw(rt, "on duty") {
				e.Duty = staff.Duty{Since: now, Until: now.Add(8 * time.Hour)}
			}
			var got staff.Employee
			err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				if err := s.Put(ctx, tx, e); err != nil {
					return err
				}
				got, err = s.Get(ctx, tx, e.ID)
				return err
			})
			if err != nil || !reflect.DeepEqual(got, e) {
				rt.Fatalf("read (%v)\n%+v\nput\n%+v", err, got, e)
			}
		})
	})
}

// DOMAIN 21: names and phones of staff are sealed at rest too.
func TestRule21_WhatIsPersonalIsSealed(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s Store) {
		e := staff.Employee{ID: "liu", Name: "刘师傅", FullName: "刘德山", Phone: "13812341234"}
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if err := s.Put(ctx, tx, e); err != nil {
				return err
			}
			var name, phone []byte
			var profile string
			err := tx.QueryRow(ctx, `SELECT full_name, phone, profile FROM hr_staff WHERE id = 'liu'`).Scan(&name, &phone, &profile)
			row := bytes.Join([][]byte{name, phone, []byte(profile)}, nil)
			if bytes.Contains(row, []byte(e.FullName)) || bytes.Contains(row, []byte(e.Phone)) {
				t.Errorf("kept in clear: %q", row)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestSetUsername_IsUnique(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s Store) {
		set := func(id, name string) (fresh bool, err error) {
			err = db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				if err := s.Put(ctx, tx, staff.Employee{ID: id}); err != nil {
					return err
				}
				fresh, err = s.SetUsername(ctx, tx, id, name)
				return err
			})
			return fresh, err
		}
		if fresh, err := set("liu", "liu"); !fresh || err != nil {
			t.Errorf("a new name: %v, %v", fresh, err)
		}
		if fresh, err := set("liu", "liu"); fresh || err != nil {
			t.Errorf("the same again: %v, %v", fresh, err)
		}
		if _, err := set("wang", "liu"); !errors.Is(err, staff.ErrUsernameTaken) {
			t.Errorf("another's name: %v", err)
		}
		err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			everybody, err := s.All(ctx, tx)
			if len(everybody) != 1 || everybody[0].ID != "liu" {
				t.Errorf("kept %+v", everybody)
			}
			if _, err := s.Get(ctx, tx, "wang"); !errors.Is(err, staff.ErrUnknown) {
				t.Errorf("who was refused is kept: %v", err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
