package store

import (
	"context"
	"errors"
	"os"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	"github.com/linlihub/linli/services/identity/account"
)

var (
	now = time.Date(2025, 3, 24, 1, 0, 0, 0, time.UTC)
	all Store
)

func each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	storetest.EachMigrated(t, fn, "identity", os.DirFS("../migrations"))
}

func write(t testing.TB, db *store.DB, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// find runs a reading that may find nothing.
func find[T any](t testing.TB, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) (answer T, found bool) {
	t.Helper()
	err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = fn(ctx, tx)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return answer, err == nil
}

func byPhone(t testing.TB, db *store.DB, phone string) (account.Account, bool) {
	return find(t, db, func(ctx context.Context, tx *store.Tx) (account.Account, error) { return all.ByPhone(ctx, tx, phone) })
}

func byUsername(t testing.TB, db *store.DB, name string) (account.Account, bool) {
	return find(t, db, func(ctx context.Context, tx *store.Tx) (account.Account, error) { return all.ByUsername(ctx, tx, name) })
}

func resident(id string) account.Account {
	return account.Account{ID: account.OfPerson(id), PersonID: id, Roles: []authz.Role{authz.Resident}, Districts: []string{}}
}

func TestLinkPerson_APhoneBelongsToOne(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		link := func(id, phone string) {
			write(t, db, func(ctx context.Context, tx *store.Tx) error { return all.LinkPerson(ctx, tx, resident(id), phone) })
		}
		link("anna", "hash-1")
		link("anna", "hash-1")
		if a, ok := byPhone(t, db, "hash-1"); !ok || !reflect.DeepEqual(a, resident("anna")) {
			t.Fatalf("found %+v", a)
		}
		link("ben", "hash-1") // the number was given to somebody else
		if a, _ := byPhone(t, db, "hash-1"); a.PersonID != "ben" {
			t.Errorf("the phone is %s's", a.PersonID)
		}
		link("anna", "")
		link("carl", "")
		if _, ok := byPhone(t, db, ""); ok {
			t.Error("an empty phone signs in")
		}
		link("ben", "hash-2")
		if _, ok := byPhone(t, db, "hash-1"); ok {
			t.Error("the former phone still signs in")
		}
	})
}

// Whatever comes first, the register's word or the password: both are kept.
func TestStaff_RegisterAndPasswordInEitherOrder(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for _, first := range []string{"register", "password"} {
			want := account.Account{
				ID: account.OfStaff(first), StaffID: first, Name: "刘师傅", Roles: []authz.Role{authz.Technician}, Districts: []string{"east"}, PasswordHash: "hash",
			}
			steps := []func(context.Context, *store.Tx) error{
				func(ctx context.Context, tx *store.Tx) error { return all.LinkStaff(ctx, tx, want) },
				func(ctx context.Context, tx *store.Tx) error {
					return all.SetPassword(ctx, tx, want.ID, first, "u-"+first, "hash")
				},
			}
			if first == "password" {
				steps[0], steps[1] = steps[1], steps[0]
			}
			write(t, db, steps[0])
			write(t, db, steps[1])
			if got, ok := byUsername(t, db, "u-"+first); !ok || !reflect.DeepEqual(got, want) {
				t.Errorf("%s first: %+v, %v", first, got, ok)
			}
		}
		if _, ok := byUsername(t, db, ""); ok {
			t.Error("an empty name signs in")
		}
		demoted := account.Account{ID: account.OfStaff("register"), StaffID: "register", Name: "刘"}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return all.LinkStaff(ctx, tx, demoted) })
		if got, _ := byUsername(t, db, "u-register"); len(got.Roles) != 0 || len(got.Districts) != 0 || got.PasswordHash != "hash" {
			t.Errorf("demoted to %+v", got)
		}
	})
}

func TestCode_IsReplacedCountedAndSpent(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		code := func() (account.Code, bool) {
			return find(t, db, func(ctx context.Context, tx *store.Tx) (account.Code, error) { return all.Code(ctx, tx, "hash") })
		}
		if _, ok := code(); ok {
			t.Error("a code nobody sent")
		}
		first, _, err := account.NewCode("hash", now)
		second, _, err2 := account.NewCode("hash", now.Add(time.Minute))
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(all.PutCode(ctx, tx, first), all.CountTry(ctx, tx, "hash"), all.CountTry(ctx, tx, "hash"))
		})
		if got, _ := code(); got.Tries != 2 || got.Hash != first.Hash || !got.Expires.Equal(first.Expires) || !got.Sent.Equal(now) {
			t.Errorf("kept %+v", got)
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return all.PutCode(ctx, tx, second) })
		if got, _ := code(); got != second {
			t.Errorf("replaced by %+v", got)
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return all.DropCode(ctx, tx, "hash") })
		if _, ok := code(); ok {
			t.Error("a spent code is still there")
		}
	})
}

func TestSession_IsFoundByThePresentAndTheSpentToken(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		by := func(hash string) (account.Session, bool) {
			return find(t, db, func(ctx context.Context, tx *store.Tx) (account.Session, error) {
				return all.SessionByToken(ctx, tx, hash)
			})
		}
		s := account.Session{ID: "s", AccountID: "a", Hash: "one", Expires: now.Add(time.Hour)}
		put := func() {
			write(t, db, func(ctx context.Context, tx *store.Tx) error { return all.PutSession(ctx, tx, s) })
		}
		put()
		s.Spent, s.Hash = "one", "two"
		put()
		for _, hash := range []string{"one", "two"} {
			if got, ok := by(hash); !ok || got != s {
				t.Errorf("by %s: %+v, %v", hash, got, ok)
			}
		}
		if _, ok := by(""); ok {
			t.Error("no token finds a session")
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return all.DropExpired(ctx, tx, s.Expires) })
		if _, ok := by("two"); !ok {
			t.Error("dropped at its very end")
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			return all.DropExpired(ctx, tx, s.Expires.Add(time.Microsecond))
		})
		if _, ok := by("two"); ok {
			t.Error("kept after its end")
		}
	})
}

func TestDeposit_IsClaimedOnceOrForgotten(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		claim := func(reference string) (hash string, err error) {
			err = db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				hash, err = all.ClaimDeposit(ctx, tx, reference)
				return err
			})
			return hash, err
		}
		for _, reference := range []string{"one", "two"} {
			write(t, db, func(ctx context.Context, tx *store.Tx) error {
				return all.PutDeposit(ctx, tx, reference, "hash of "+reference, now)
			})
		}
		if hash, err := claim("one"); err != nil || hash != "hash of one" {
			t.Errorf("claimed %q, %v", hash, err)
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			return all.DropExpired(ctx, tx, now.Add(time.Microsecond))
		})
		for _, reference := range []string{"one", "two", "", "three"} {
			if hash, err := claim(reference); !errors.Is(err, account.ErrDeposit) || hash != "" {
				t.Errorf("%q is claimed: %q, %v", reference, hash, err)
			}
		}
	})
}

// Of many who spend the same refresh token at once exactly one gets the next.
func TestSession_IsMovedOnByOne(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		s := account.Session{ID: "s", AccountID: "a", Hash: "one", Expires: now.Add(time.Hour)}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return all.PutSession(ctx, tx, s) })
		moved := make([]bool, 8)
		var wg sync.WaitGroup
		for i := range moved {
			wg.Go(func() {
				err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					moved[i] = false
					got, err := all.SessionByToken(ctx, tx, "one")
					if err != nil || got.Hash != "one" {
						return err
					}
					got.Spent, got.Hash = "one", account.TokenHash(string(rune('a'+i)))
					moved[i] = true
					return all.PutSession(ctx, tx, got)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		n := 0
		for _, ok := range moved {
			if ok {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d moved the session on", n)
		}
	})
}

func TestKeys_TheNewestSigns(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(all.PutKey(ctx, tx, Key{"old", []byte{0, 1}, now}), all.PutKey(ctx, tx, Key{"new", []byte{2}, now.Add(time.Second)}))
		})
		keys, _ := find(t, db, all.Keys)
		if !reflect.DeepEqual(keys, []Key{{"new", []byte{2}, now.Add(time.Second)}, {"old", []byte{0, 1}, now}}) {
			t.Errorf("keys %v", keys)
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return all.DropKey(ctx, tx, "old") })
		if keys, _ := find(t, db, all.Keys); len(keys) != 1 || keys[0].ID != "new" {
			t.Errorf("keys %v are left", keys)
		}
	})
}
