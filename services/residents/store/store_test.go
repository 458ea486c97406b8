package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	"github.com/linlihub/linli/services/residents/registry"
)

var now = time.Date(2025, 3, 24, 1, 0, 0, 0, time.UTC)

// each runs a test on every engine, on a town of two districts with two homes each.
func each(t *testing.T, fn func(t *testing.T, db *store.DB, s Store)) {
	t.Helper()
	box, err := seal.New(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	storetest.EachMigrated(t, func(t *testing.T, db *store.DB) {
		s := Store{Box: box}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return town(ctx, tx, s) })
		fn(t, db, s)
	}, "residents", os.DirFS("../migrations"))
}

func town(ctx context.Context, tx *store.Tx, s Store) (err error) {
	for _, d := range []string{"east", "west"} {
		err = errors.Join(err,
			s.PutDistrict(ctx, tx, registry.District{ID: d, Name: d, Center: registry.Point{Lat: 30.25, Lon: 120.16}}),
			s.PutCommunity(ctx, tx, registry.Community{ID: "c-" + d, DistrictID: d, Name: "春晓苑"}),
			s.PutBuilding(ctx, tx, registry.Building{ID: "b-" + d, CommunityID: "c-" + d, Name: "3栋", Floors: 18}))
		for _, n := range []string{"0501", "0502"} {
			_, _, put := s.PutHome(ctx, tx, registry.Home{ID: "h-" + d + "-" + n, BuildingID: "b-" + d, Entrance: "2单元", Number: n, AreaCM2: 895_000})
			err = errors.Join(err, put)
		}
	}
	return err
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

func TestHome_IsReadWithAllAboveIt(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s Store) {
		p := read(t, db, func(ctx context.Context, tx *store.Tx) (registry.Place, error) {
			return s.Place(ctx, tx, "h-east-0501")
		})
		if p.DistrictID != "east" || p.Community.ID != "c-east" || p.Building.Floors != 18 || p.Home.AreaCM2 != 895_000 ||
			p.Address() != "春晓苑 3栋 2单元 0501" {
			t.Errorf("read %+v", p)
		}
		put := func(area int64) (changed bool) {
			write(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				h := p.Home
				h.AreaCM2 = area
				_, changed, err = s.PutHome(ctx, tx, h)
				return err
			})
			return changed
		}
		if put(895_000) || !put(895_001) {
			t.Error("the same again changed something, or one cm² changed nothing")
		}
	})
}

func TestPut_WithoutAParentIsRefused(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s Store) {
		for name, put := range map[string]func(context.Context, *store.Tx) error{
			"community": func(ctx context.Context, tx *store.Tx) error {
				return s.PutCommunity(ctx, tx, registry.Community{ID: "c", DistrictID: "nowhere"})
			},
			"building": func(ctx context.Context, tx *store.Tx) error {
				return s.PutBuilding(ctx, tx, registry.Building{ID: "b", CommunityID: "nowhere"})
			},
			"home": func(ctx context.Context, tx *store.Tx) error {
				_, _, err := s.PutHome(ctx, tx, registry.Home{ID: "h", BuildingID: "nowhere"})
				return err
			},
		} {
			if err := db.Write(t.Context(), put); !errors.Is(err, registry.ErrParentUnknown) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestPlaces_PagesInEveryFilter(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s Store) {
		for name, c := range map[string]struct {
			search Search
			want   []string
		}{
			"everywhere":        {Search{}, []string{"h-east-0501", "h-east-0502", "h-west-0501", "h-west-0502"}},
			"a building":        {Search{BuildingID: "b-west"}, []string{"h-west-0501", "h-west-0502"}},
			"a district":        {Search{Districts: []string{"east"}}, []string{"h-east-0501", "h-east-0502"}},
			"no district":       {Search{Districts: []string{}}, nil},
			"words":             {Search{Query: "春晓 0501"}, []string{"h-east-0501", "h-west-0501"}},
			"words and reach":   {Search{Query: "0501", Districts: []string{"west"}}, []string{"h-west-0501"}},
			"a wildcard":        {Search{Query: "%"}, nil},
			"another":           {Search{Query: "05_1"}, nil},
			"the escape":        {Search{Query: "!"}, nil},
			"a building beyond": {Search{BuildingID: "b-west", Districts: []string{"east"}}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				for _, limit := range []int{1, 3, 10} {
					var got []string
					c.search.Limit, c.search.After = limit, ""
					for {
						found := read(t, db, func(ctx context.Context, tx *store.Tx) ([]registry.Place, error) { return s.Places(ctx, tx, c.search) })
						for _, p := range found {
							got = append(got, p.Home.ID)
						}
						if len(found) < limit {
							break
						}
						c.search.After = got[len(got)-1]
					}
					if !slices.Equal(got, c.want) {
						t.Errorf("pages of %d give %v, want %v", limit, got, c.want)
					}
				}
			})
		}
	})
}

func person(t testing.TB, db *store.DB, s Store, p registry.Person) (hash string, changed bool, err error) {
	t.Helper()
	err = db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		hash, changed, err = s.PutPerson(ctx, tx, p)
		return err
	})
	return hash, changed, err
}

// DOMAIN 21: what is personal is sealed at rest and found by a hash that tells nothing.
func TestRule21_APersonIsSealedAtRest(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s Store) {
		anna := registry.Person{ID: "anna", Name: "安娜", Phone: "13812341234"}
		hash, changed, err := person(t, db, s, anna)
		if err != nil || !changed || hash != s.Box.Lookup(anna.Phone) {
			t.Fatalf("put: %s, %v, %v", hash, changed, err)
		}
		if _, changed, err = person(t, db, s, anna); err != nil || changed {
			t.Errorf("the same again: changed %v, %v", changed, err)
		}
		got := read(t, db, func(ctx context.Context, tx *store.Tx) (registry.Person, error) { return s.Person(ctx, tx, "anna") })
		if got != anna {
			t.Errorf("read %+v", got)
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			var name, phone []byte
			err := tx.QueryRow(ctx, `SELECT name, phone FROM residents_person WHERE id = 'anna'`).Scan(&name, &phone)
			if bytes.Contains(name, []byte(anna.Name)) || bytes.Contains(phone, []byte("1381234")) || len(phone) == 0 {
				t.Errorf("kept as %q, %q", name, phone)
			}
			return err
		})
		if _, _, err = person(t, db, s, registry.Person{ID: "ben", Phone: anna.Phone}); !errors.Is(err, registry.ErrPhoneTaken) {
			t.Errorf("another's phone: %v", err)
		}
		for i, id := range []string{"child", "baby", "child"} { // people without a phone do not collide
			if _, changed, err = person(t, db, s, registry.Person{ID: id}); err != nil || changed != (i < 2) {
				t.Errorf("%s: changed %v, %v", id, changed, err)
			}
		}
	})
}

// Of any dated roles a person holds exactly those that began and have not ended.
func TestHomesOf_AnyDates(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s Store) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			id := fmt.Sprintf("person-%d", n)
			if _, _, err := person(t, db, s, registry.Person{ID: id}); err != nil {
				rt.Fatal(err)
			}
			var want []Held
			for i, home := range []string{"h-east-0501", "h-east-0502", "h-west-0501"} {
				o := registry.Occupancy{HomeID: home, PersonID: id, Role: registry.Role(i + 1), Since: now.Add(hours(rt, "since"))}
				if rapid.Bool().Draw(rt, "ends") {
					o.Until = o.Since.Add(time.Duration(rapid.IntRange(1, 5).Draw(rt, "lasts")) * time.Hour)
				}
				write(t, db, func(ctx context.Context, tx *store.Tx) error {
					_, err := s.PutOccupancy(ctx, tx, o)
					return err
				})
				if o.HoldsAt(now) {
					want = append(want, Held{Place: registry.Place{Home: registry.Home{ID: home}}, Role: o.Role})
				}
			}
			got := read(t, db, func(ctx context.Context, tx *store.Tx) ([]Held, error) { return s.HomesOf(ctx, tx, id, now) })
			if !slices.EqualFunc(got, want, func(a, b Held) bool { return a.Place.Home.ID == b.Place.Home.ID && a.Role == b.Role }) {
				rt.Fatalf("holds %+v, want %+v", got, want)
			}
		})
	})
}

func hours(t *rapid.T, label string) time.Duration {
	return time.Duration(rapid.IntRange(-3, 3).Draw(t, label)) * time.Hour
}

func TestOccupancy_EndsAndIsKept(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s Store) {
		if _, _, err := person(t, db, s, registry.Person{ID: "anna"}); err != nil {
			t.Fatal(err)
		}
		o := registry.Occupancy{HomeID: "h-west-0501", PersonID: "anna", Role: registry.Tenant, Since: now}
		put := func(until time.Time) (changed bool) {
			write(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				o.Until = until
				changed, err = s.PutOccupancy(ctx, tx, o)
				return err
			})
			return changed
		}
		if !put(time.Time{}) || put(time.Time{}) || !put(now.Add(time.Hour)) {
			t.Error("wrong answer to whether anything changed")
		}
		kept := read(t, db, func(ctx context.Context, tx *store.Tx) ([]registry.Occupancy, error) {
			return s.Occupancies(ctx, tx, "h-west-0501")
		})
		if !reflect.DeepEqual(kept, []registry.Occupancy{o}) {
			t.Errorf("kept %+v", kept)
		}
		for at, want := range map[time.Time][]string{now.Add(-time.Microsecond): nil, now: {"west"}, o.Until.Add(-time.Microsecond): {"west"}, o.Until: nil} {
			in := read(t, db, func(ctx context.Context, tx *store.Tx) ([]string, error) { return s.DistrictsOf(ctx, tx, "anna", at) })
			if !slices.Equal(in, want) {
				t.Errorf("at %s districts %v, want %v", at, in, want)
			}
		}
	})
}

func TestReveals_TheLatestFirst(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s Store) {
		if _, _, err := person(t, db, s, registry.Person{ID: "anna"}); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			write(t, db, func(ctx context.Context, tx *store.Tx) error {
				return s.PutReveal(ctx, tx, registry.Reveal{PersonID: "anna", ByStaffID: "liu", Reason: fmt.Sprint(i), At: now.Add(time.Duration(i) * time.Second)})
			})
		}
		got := read(t, db, func(ctx context.Context, tx *store.Tx) ([]registry.Reveal, error) { return s.Reveals(ctx, tx, "anna") })
		if len(got) != 3 || got[0].Reason != "2" || got[2].Reason != "0" || !got[0].At.Equal(now.Add(2*time.Second)) {
			t.Errorf("reveals %+v", got)
		}
	})
}
