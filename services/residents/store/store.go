// Package store keeps the register in rows. Every method works in the caller's transaction.
package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/residents/registry"
)

// Store reads and writes the register. Box seals what is personal.
type Store struct{ Box *seal.Box }

// PutDistrict adds or corrects a district.
func (Store) PutDistrict(ctx context.Context, tx *store.Tx, d registry.District) error {
	_, err := tx.Exec(ctx, `INSERT INTO residents_district (id, name, lat, lon) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, lat = excluded.lat, lon = excluded.lon`,
		d.ID, d.Name, d.Center.Lat, d.Center.Lon)
	return err
}

// PutCommunity adds or corrects a community; its district must exist.
func (Store) PutCommunity(ctx context.Context, tx *store.Tx, c registry.Community) error {
	return put(ctx, tx, "community", c.ID, "residents_district", c.DistrictID,
		`INSERT INTO residents_community (id, district_id, name, lat, lon) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET district_id = excluded.district_id, name = excluded.name, lat = excluded.lat, lon = excluded.lon`,
		c.ID, c.DistrictID, c.Name, c.Center.Lat, c.Center.Lon)
}

// PutBuilding adds or corrects a building; its community must exist.
func (Store) PutBuilding(ctx context.Context, tx *store.Tx, b registry.Building) error {
	return put(ctx, tx, "building", b.ID, "residents_community", b.CommunityID,
		`INSERT INTO residents_building (id, community_id, name, lat, lon, floors) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET community_id = excluded.community_id, name = excluded.name,
			lat = excluded.lat, lon = excluded.lon, floors = excluded.floors`,
		b.ID, b.CommunityID, b.Name, b.Point.Lat, b.Point.Lon, b.Floors)
}

// PutHome adds or corrects a home; its building must exist. It answers the home's place, and whether anything changed.
func (s Store) PutHome(ctx context.Context, tx *store.Tx, h registry.Home) (registry.Place, bool, error) {
	place, err := s.placeAbove(ctx, tx, h)
	if err != nil {
		return place, false, err
	}
	rows, err := tx.Exec(ctx, `INSERT INTO residents_home (id, building_id, entrance, number, area_cm2, address) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET building_id = excluded.building_id, entrance = excluded.entrance,
			number = excluded.number, area_cm2 = excluded.area_cm2, address = excluded.address
		WHERE residents_home.address <> excluded.address OR residents_home.area_cm2 <> excluded.area_cm2
			OR residents_home.building_id <> excluded.building_id`,
		h.ID, h.BuildingID, h.Entrance, h.Number, h.AreaCM2, place.Address())
	return place, rows > 0, err
}

func (Store) placeAbove(ctx context.Context, tx *store.Tx, h registry.Home) (registry.Place, error) {
	place := registry.Place{Home: h}
	c, b := &place.Community, &place.Building
	err := tx.QueryRow(ctx, `SELECT c.id, c.district_id, c.name, b.id, b.name, b.lat, b.lon
		FROM residents_building b JOIN residents_community c ON c.id = b.community_id WHERE b.id = ?`, h.BuildingID).
		Scan(&c.ID, &c.DistrictID, &c.Name, &b.ID, &b.Name, &b.Point.Lat, &b.Point.Lon)
	if errors.Is(err, store.ErrNotFound) {
		return place, registry.ErrParentUnknown.With("kind", "home").With("id", h.ID).With("parent", h.BuildingID)
	}
	place.DistrictID, b.CommunityID = c.DistrictID, c.ID
	return place, err
}

// PutPerson adds or corrects a person and answers the lookup hash of the phone, and whether it is new or another number.
func (s Store) PutPerson(ctx context.Context, tx *store.Tx, p registry.Person) (hash string, changed bool, err error) {
	if p.Phone != "" {
		hash = s.Box.Lookup(p.Phone)
	}
	var holder string
	err = tx.QueryRow(ctx, `SELECT id FROM residents_person WHERE phone_hash = ? AND phone_hash <> ''`, hash).Scan(&holder)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return hash, false, err
	case holder != p.ID:
		return hash, false, registry.ErrPhoneTaken.With("person", holder)
	}
	var former string
	err = tx.QueryRow(ctx, `SELECT phone_hash FROM residents_person WHERE id = ?`, p.ID).Scan(&former)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return hash, false, err
	}
	changed = err != nil || former != hash
	_, err = tx.Exec(ctx, `INSERT INTO residents_person (id, name, phone, phone_hash) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, phone = excluded.phone, phone_hash = excluded.phone_hash`,
		p.ID, s.Box.Seal(p.Name), s.Box.Seal(p.Phone), hash)
	return hash, changed, err
}

// PutOccupancy adds a dated role or moves its end, and says whether that changed anything.
func (Store) PutOccupancy(ctx context.Context, tx *store.Tx, o registry.Occupancy) (bool, error) {
	rows, err := tx.Exec(ctx, `INSERT INTO residents_occupancy (home_id, person_id, role, since, until) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (home_id, person_id, role, since) DO UPDATE SET until = excluded.until
		WHERE residents_occupancy.until <> excluded.until`,
		o.HomeID, o.PersonID, int(o.Role), store.Micros(o.Since), store.Micros(o.Until))
	return rows > 0, err
}

// PutReveal records that somebody saw a contact.
func (Store) PutReveal(ctx context.Context, tx *store.Tx, r registry.Reveal) error {
	_, err := tx.Exec(ctx, `INSERT INTO residents_reveal (person_id, by_staff_id, reason, at) VALUES (?, ?, ?, ?)`,
		r.PersonID, r.ByStaffID, r.Reason, store.Micros(r.At))
	return err
}

// put writes a row whose parent must exist.
func put(ctx context.Context, tx *store.Tx, kind, id, parentTable, parent, statement string, args ...any) error {
	var found int
	err := tx.QueryRow(ctx, `SELECT 1 FROM `+parentTable+` WHERE id = ?`, parent).Scan(&found)
	if errors.Is(err, store.ErrNotFound) {
		return registry.ErrParentUnknown.With("kind", kind).With("id", id).With("parent", parent)
	}
	if err != nil {
		return fmt.Errorf("find parent: %w", err)
	}
	_, err = tx.Exec(ctx, statement, args...)
	return err
}
