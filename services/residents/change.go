package residents

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	"github.com/linlihub/linli/services/residents/registry"
)

// Import writes everything of a request in one transaction, parents first, and tells what changed by events. Rows that
// are already so change nothing and tell nothing, so that an import may be repeated.
func (d *Desk) Import(ctx context.Context, req *residentsv1.ImportRequest) (*residentsv1.ImportResponse, error) {
	err := d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, step := range []func(context.Context, *store.Tx, *residentsv1.ImportRequest) error{
			d.importPlaces, d.importHomes, d.importPeople, d.importOccupants,
		} {
			if err := step(ctx, tx, req); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &residentsv1.ImportResponse{
		Districts: count(req.GetDistricts()), Communities: count(req.GetCommunities()), Buildings: count(req.GetBuildings()),
		Homes: count(req.GetHomes()), People: count(req.GetPeople()), Occupants: count(req.GetOccupants()),
	}, nil
}

func count[T any](all []T) int32 { return int32(len(all)) } //nolint:gosec // bounded by the proto's max_items

func (d *Desk) importPlaces(ctx context.Context, tx *store.Tx, req *residentsv1.ImportRequest) error {
	for _, district := range req.GetDistricts() {
		if err := d.rows.PutDistrict(ctx, tx, fromProtoDistrict(district)); err != nil {
			return err
		}
	}
	for _, community := range req.GetCommunities() {
		if err := d.rows.PutCommunity(ctx, tx, fromProtoCommunity(community)); err != nil {
			return err
		}
	}
	for _, building := range req.GetBuildings() {
		if err := d.rows.PutBuilding(ctx, tx, fromProtoBuilding(building)); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) importHomes(ctx context.Context, tx *store.Tx, req *residentsv1.ImportRequest) error {
	for _, home := range req.GetHomes() {
		place, changed, err := d.rows.PutHome(ctx, tx, fromProtoHome(home))
		if err != nil {
			return err
		}
		if !changed {
			continue
		}
		err = outbox.Add(ctx, tx, outbox.Event{Key: place.DistrictID, Subject: home.GetId(), Time: d.clock.Now(), Message: &residentsv1.HomeRegistered{
			Place: toProtoPlace(place), AreaCm2: home.GetAreaCm2(), At: d.now(),
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) importPeople(ctx context.Context, tx *store.Tx, req *residentsv1.ImportRequest) error {
	for _, person := range req.GetPeople() {
		hash, changed, err := d.rows.PutPerson(ctx, tx, fromProtoPerson(person))
		if err != nil {
			return err
		}
		if !changed {
			continue
		}
		err = outbox.Add(ctx, tx, outbox.Event{Key: person.GetId(), Subject: person.GetId(), Time: d.clock.Now(), Message: &residentsv1.PersonRegistered{
			PersonId: person.GetId(), PhoneHash: hash, At: d.now(),
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) importOccupants(ctx context.Context, tx *store.Tx, req *residentsv1.ImportRequest) error {
	for _, o := range req.GetOccupants() {
		if err := d.putOccupancy(ctx, tx, fromProtoOccupant(o)); err != nil {
			return err
		}
	}
	return nil
}

// SetRole begins or ends one dated role in a home of the caller's districts.
func (d *Desk) SetRole(ctx context.Context, req *residentsv1.SetRoleRequest) (*residentsv1.Occupant, error) {
	o := registry.Occupancy{
		HomeID: req.GetHomeId(), PersonID: req.GetPersonId(), Role: registry.Role(req.GetRole()),
		Since: instant(req.GetSince(), d.clock.Now()), Until: instant(req.GetUntil(), time.Time{}),
	}
	return outbox.Do(ctx, d.db, func(ctx context.Context, tx *store.Tx) (*residentsv1.Occupant, error) {
		if err := d.putOccupancy(ctx, tx, o); err != nil {
			return nil, err
		}
		return toProtoOccupant(o, registry.Person{ID: o.PersonID}), nil
	})
}

func (d *Desk) putOccupancy(ctx context.Context, tx *store.Tx, o registry.Occupancy) error {
	if err := o.Check(); err != nil {
		return err
	}
	place, err := d.rows.Place(ctx, tx, o.HomeID)
	if err != nil {
		return err
	}
	if !authz.From(ctx).Reaches(place.DistrictID) {
		return registry.ErrHomeUnknown
	}
	if _, err := d.rows.Person(ctx, tx, o.PersonID); err != nil {
		return err
	}
	changed, err := d.rows.PutOccupancy(ctx, tx, o)
	if err != nil || !changed {
		return err
	}
	return outbox.Add(ctx, tx, outbox.Event{Key: o.PersonID, Subject: o.PersonID, Time: d.clock.Now(), Message: &residentsv1.RoleChanged{
		PersonId: o.PersonID, HomeId: o.HomeID, DistrictId: place.DistrictID, Role: residentsv1.HomeRole(o.Role), //nolint:gosec // a handful of roles
		Since: stamp(o.Since), Until: stamp(o.Until), At: d.now(),
	}})
}

// RevealContact answers a phone in clear to staff of a district in which the person holds a role now, and keeps who looked and why.
func (d *Desk) RevealContact(ctx context.Context, req *residentsv1.RevealContactRequest) (*residentsv1.Contact, error) {
	var contact *residentsv1.Contact
	err := d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		person, err := d.rows.Person(ctx, tx, req.GetPersonId())
		if err != nil {
			return err
		}
		if err := d.mayContact(ctx, tx, person.ID); err != nil {
			return err
		}
		contact = &residentsv1.Contact{PersonId: person.ID, Name: person.Name, Phone: person.Phone}
		return d.rows.PutReveal(ctx, tx, registry.Reveal{
			PersonID: person.ID, ByStaffID: authz.From(ctx).Staff, Reason: req.GetReason(), At: d.clock.Now(),
		})
	})
	return contact, err
}

func (d *Desk) mayContact(ctx context.Context, tx *store.Tx, person string) error {
	districts, err := d.rows.DistrictsOf(ctx, tx, person, d.clock.Now())
	if err != nil {
		return err
	}
	for _, district := range districts {
		if authz.From(ctx).Reaches(district) {
			return nil
		}
	}
	return registry.ErrPersonUnknown
}

func (d *Desk) now() *timestamppb.Timestamp { return timestamppb.New(d.clock.Now()) }
