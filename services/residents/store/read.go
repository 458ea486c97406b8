package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/residents/registry"
)

// Districts answers every district by id.
func (Store) Districts(ctx context.Context, tx *store.Tx) ([]registry.District, error) {
	return store.Collect(ctx, tx, func(row store.Scanner) (d registry.District, err error) {
		return d, row.Scan(&d.ID, &d.Name, &d.Center.Lat, &d.Center.Lon)
	}, `SELECT id, name, lat, lon FROM residents_district ORDER BY id`)
}

// Communities answers the communities of a district.
func (Store) Communities(ctx context.Context, tx *store.Tx, district string) ([]registry.Community, error) {
	return store.Collect(ctx, tx, func(row store.Scanner) (c registry.Community, err error) {
		return c, row.Scan(&c.ID, &c.DistrictID, &c.Name, &c.Center.Lat, &c.Center.Lon)
	}, `SELECT id, district_id, name, lat, lon FROM residents_community WHERE district_id = ? ORDER BY id`, district)
}

// DistrictOf answers the district of a community; "" when nobody knows it.
func (Store) DistrictOf(ctx context.Context, tx *store.Tx, community string) (district string, err error) {
	err = tx.QueryRow(ctx, `SELECT district_id FROM residents_community WHERE id = ?`, community).Scan(&district)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return district, err
}

// Buildings answers the buildings of a community.
func (Store) Buildings(ctx context.Context, tx *store.Tx, community string) ([]registry.Building, error) {
	return store.Collect(ctx, tx, func(row store.Scanner) (b registry.Building, err error) {
		return b, row.Scan(&b.ID, &b.CommunityID, &b.Name, &b.Point.Lat, &b.Point.Lon, &b.Floors)
	}, `SELECT id, community_id, name, lat, lon, floors FROM residents_building WHERE community_id = ? ORDER BY id`, community)
}

const selectPlace = `SELECT h.id, h.building_id, h.entrance, h.number, h.area_cm2,
	c.id, c.district_id, c.name, b.name, b.lat, b.lon, b.floors
	FROM residents_home h JOIN residents_building b ON b.id = h.building_id JOIN residents_community c ON c.id = b.community_id `

func scanPlace(row store.Scanner) (p registry.Place, err error) {
	h, c, b := &p.Home, &p.Community, &p.Building
	err = row.Scan(&h.ID, &h.BuildingID, &h.Entrance, &h.Number, &h.AreaCM2,
		&c.ID, &c.DistrictID, &c.Name, &b.Name, &b.Point.Lat, &b.Point.Lon, &b.Floors)
	p.DistrictID, b.ID, b.CommunityID = c.DistrictID, h.BuildingID, c.ID
	return p, err
}

// Place answers one home with all above it, or ErrHomeUnknown.
func (Store) Place(ctx context.Context, tx *store.Tx, home string) (registry.Place, error) {
	place, err := scanPlace(tx.QueryRow(ctx, selectPlace+`WHERE h.id = ?`, home))
	if errors.Is(err, store.ErrNotFound) {
		return place, registry.ErrHomeUnknown
	}
	return place, err
}

// Search is what homes are looked for by. Empty fields do not narrow it; nil Districts means all of them.
type Search struct {
	BuildingID, Query string
	Districts         []string
	After             string
	Limit             int
}

// Places answers homes by id, after a given one.
func (Store) Places(ctx context.Context, tx *store.Tx, s Search) ([]registry.Place, error) {
	where, args := []string{"h.id > ?"}, []any{s.After}
	if s.BuildingID != "" {
		where, args = append(where, "h.building_id = ?"), append(args, s.BuildingID)
	}
	for _, word := range strings.Fields(s.Query) {
		where, args = append(where, `h.address LIKE ? ESCAPE '!'`), append(args, "%"+escapeLike(word)+"%")
	}
	if s.Districts != nil {
		where = append(where, "c.district_id IN ("+marks(len(s.Districts))+")")
		for _, d := range s.Districts {
			args = append(args, d)
		}
	}
	query := selectPlace + "WHERE " + strings.Join(where, " AND ") + fmt.Sprintf(" ORDER BY h.id LIMIT %d", s.Limit)
	return store.Collect(ctx, tx, scanPlace, query, args...)
}

// Held is a home in which a person holds a role.
type Held struct {
	Place registry.Place
	Role  registry.Role
}

// HomesOf answers the homes in which a person holds a role at an instant.
func (s Store) HomesOf(ctx context.Context, tx *store.Tx, person string, at time.Time) ([]Held, error) {
	roles, err := store.Collect(ctx, tx, scanOccupancy, selectOccupancy+`WHERE person_id = ? ORDER BY home_id, role`, person)
	if err != nil {
		return nil, err
	}
	var held []Held
	for _, o := range roles {
		if !o.HoldsAt(at) {
			continue
		}
		place, err := s.Place(ctx, tx, o.HomeID)
		if err != nil {
			return nil, err
		}
		held = append(held, Held{place, o.Role})
	}
	return held, nil
}

const selectOccupancy = `SELECT home_id, person_id, role, since, until FROM residents_occupancy `

func scanOccupancy(row store.Scanner) (o registry.Occupancy, err error) {
	var since, until int64
	err = row.Scan(&o.HomeID, &o.PersonID, &o.Role, &since, &until)
	o.Since, o.Until = store.Time(since), store.Time(until)
	return o, err
}

// Occupancies answers every dated role in a home, past ones too.
func (Store) Occupancies(ctx context.Context, tx *store.Tx, home string) ([]registry.Occupancy, error) {
	return store.Collect(ctx, tx, scanOccupancy, selectOccupancy+`WHERE home_id = ? ORDER BY since, person_id, role`, home)
}

// Person answers one person in clear, or ErrPersonUnknown.
func (s Store) Person(ctx context.Context, tx *store.Tx, id string) (registry.Person, error) {
	var name, phone []byte
	err := tx.QueryRow(ctx, `SELECT name, phone FROM residents_person WHERE id = ?`, id).Scan(&name, &phone)
	if errors.Is(err, store.ErrNotFound) {
		return registry.Person{}, registry.ErrPersonUnknown
	}
	if err != nil {
		return registry.Person{}, err
	}
	p := registry.Person{ID: id}
	if p.Name, err = s.Box.Open(name); err == nil {
		p.Phone, err = s.Box.Open(phone)
	}
	if err != nil {
		return p, fmt.Errorf("open person %s: %w", id, err)
	}
	return p, nil
}

// DistrictsOf answers the districts in which a person holds a role at an instant: who moved away, or has not moved in yet, is
// nobody's to contact there.
func (Store) DistrictsOf(ctx context.Context, tx *store.Tx, person string, at time.Time) ([]string, error) {
	return store.Collect(ctx, tx, func(row store.Scanner) (d string, err error) { return d, row.Scan(&d) },
		`SELECT DISTINCT c.district_id FROM residents_occupancy o JOIN residents_home h ON h.id = o.home_id
		JOIN residents_building b ON b.id = h.building_id JOIN residents_community c ON c.id = b.community_id
		WHERE o.person_id = ? AND o.since <= ? AND (o.until = 0 OR o.until > ?)`, person, store.Micros(at), store.Micros(at))
}

// Reveals answers who saw a person's contact, the latest first.
func (Store) Reveals(ctx context.Context, tx *store.Tx, person string) ([]registry.Reveal, error) {
	return store.Collect(ctx, tx, func(row store.Scanner) (r registry.Reveal, err error) {
		var at int64
		err = row.Scan(&r.PersonID, &r.ByStaffID, &r.Reason, &at)
		r.At = store.Time(at)
		return r, err
	}, `SELECT person_id, by_staff_id, reason, at FROM residents_reveal WHERE person_id = ? ORDER BY at DESC LIMIT 500`, person)
}

func escapeLike(word string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(word)
}

func marks(n int) string {
	if n == 0 {
		return "NULL"
	}
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}
