// Package residents keeps the register of districts, homes and people, and answers who lives where.
package residents

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/page"
	"github.com/linlihub/linli/libs/store"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	"github.com/linlihub/linli/services/residents/registry"
	rows "github.com/linlihub/linli/services/residents/store"
)

// Desk answers the rpcs of residents.v1.Registry.
type Desk struct {
	residentsv1.UnimplementedRegistryServer

	db    *store.DB
	rows  rows.Store
	clock clock.Clock
}

// ListDistricts answers the districts in the caller's scope.
func (d *Desk) ListDistricts(ctx context.Context, _ *residentsv1.ListDistrictsRequest) (*residentsv1.ListDistrictsResponse, error) {
	all, err := read(ctx, d.db, d.rows.Districts)
	if err != nil {
		return nil, err
	}
	answer := &residentsv1.ListDistrictsResponse{}
	for _, district := range all {
		if authz.From(ctx).Reaches(district.ID) {
			answer.Districts = append(answer.Districts, toProtoDistrict(district))
		}
	}
	return answer, nil
}

// ListCommunities answers the communities of a district in the caller's scope; of any other, none.
func (d *Desk) ListCommunities(ctx context.Context, req *residentsv1.ListCommunitiesRequest) (*residentsv1.ListCommunitiesResponse, error) {
	answer := &residentsv1.ListCommunitiesResponse{}
	if !authz.From(ctx).Reaches(req.GetDistrictId()) {
		return answer, nil
	}
	all, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) ([]registry.Community, error) {
		return d.rows.Communities(ctx, tx, req.GetDistrictId())
	})
	for _, c := range all {
		answer.Communities = append(answer.Communities, toProtoCommunity(c))
	}
	return answer, err
}

// ListBuildings answers the buildings of a community in the caller's scope; of any other, none.
func (d *Desk) ListBuildings(ctx context.Context, req *residentsv1.ListBuildingsRequest) (*residentsv1.ListBuildingsResponse, error) {
	all, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) ([]registry.Building, error) {
		district, err := d.rows.DistrictOf(ctx, tx, req.GetCommunityId())
		if err != nil || !authz.From(ctx).Reaches(district) {
			return nil, err
		}
		return d.rows.Buildings(ctx, tx, req.GetCommunityId())
	})
	answer := &residentsv1.ListBuildingsResponse{}
	for _, b := range all {
		answer.Buildings = append(answer.Buildings, toProtoBuilding(b))
	}
	return answer, err
}

// ListHomes finds homes in the caller's districts.
func (d *Desk) ListHomes(ctx context.Context, req *residentsv1.ListHomesRequest) (*residentsv1.ListHomesResponse, error) {
	filter := page.Filter(req.GetBuildingId(), req.GetQuery())
	after, err := page.Cursor(filter, req.GetPageToken())
	if err != nil {
		return nil, err
	}
	search := rows.Search{BuildingID: req.GetBuildingId(), Query: req.GetQuery(), After: after, Limit: page.Size(req.GetPageSize())}
	if p := authz.From(ctx); !p.Everywhere() {
		search.Districts = append([]string{}, p.Districts...)
	}
	places, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) ([]registry.Place, error) {
		return d.rows.Places(ctx, tx, search)
	})
	if err != nil {
		return nil, err
	}
	answer := &residentsv1.ListHomesResponse{}
	for _, p := range places {
		answer.Homes = append(answer.Homes, toProtoHome(p))
	}
	if len(places) == search.Limit {
		answer.NextPageToken = page.Token(filter, places[len(places)-1].Home.ID)
	}
	return answer, nil
}

// GetHome answers a home to those who live there and to staff of its district; to others it does not exist.
func (d *Desk) GetHome(ctx context.Context, req *residentsv1.GetHomeRequest) (*residentsv1.Home, error) {
	return read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (*residentsv1.Home, error) {
		place, err := d.rows.Place(ctx, tx, req.GetId())
		if err != nil {
			return nil, err
		}
		if err := d.mayEnter(ctx, tx, place); err != nil {
			return nil, err
		}
		return toProtoHome(place), nil
	})
}

// mayEnter is the scope of a home: own, or in a district of the employee.
func (d *Desk) mayEnter(ctx context.Context, tx *store.Tx, place registry.Place) error {
	p := authz.From(ctx)
	if p.Reaches(place.DistrictID) {
		return nil
	}
	roles, err := d.rows.Occupancies(ctx, tx, place.Home.ID)
	if err != nil {
		return err
	}
	for _, o := range roles {
		if p.IsPerson(o.PersonID) && o.HoldsAt(d.clock.Now()) {
			return nil
		}
	}
	return registry.ErrHomeUnknown
}

// ListMyHomes answers the caller's homes as of now.
func (d *Desk) ListMyHomes(ctx context.Context, _ *residentsv1.ListMyHomesRequest) (*residentsv1.ListMyHomesResponse, error) {
	held, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) ([]rows.Held, error) {
		return d.rows.HomesOf(ctx, tx, authz.From(ctx).Person, d.clock.Now())
	})
	answer := &residentsv1.ListMyHomesResponse{}
	for _, h := range held {
		answer.Homes = append(answer.Homes, &residentsv1.ListMyHomesResponse_MyHome{
			Home: toProtoHome(h.Place), Role: residentsv1.HomeRole(h.Role), //nolint:gosec // a handful of roles
		})
	}
	return answer, err
}

// ListOccupants answers who lives or lived in a home of the caller's districts, masked.
func (d *Desk) ListOccupants(ctx context.Context, req *residentsv1.ListOccupantsRequest) (*residentsv1.ListOccupantsResponse, error) {
	return read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (*residentsv1.ListOccupantsResponse, error) {
		place, err := d.rows.Place(ctx, tx, req.GetHomeId())
		if err != nil {
			return nil, err
		}
		if !authz.From(ctx).Reaches(place.DistrictID) {
			return nil, registry.ErrHomeUnknown
		}
		roles, err := d.rows.Occupancies(ctx, tx, place.Home.ID)
		if err != nil {
			return nil, err
		}
		answer := &residentsv1.ListOccupantsResponse{}
		for _, o := range roles {
			person, err := d.rows.Person(ctx, tx, o.PersonID)
			if err != nil {
				return nil, err
			}
			answer.Occupants = append(answer.Occupants, toProtoOccupant(o, person))
		}
		return answer, nil
	})
}

// GetSelf answers the caller's own name.
func (d *Desk) GetSelf(ctx context.Context, _ *residentsv1.GetSelfRequest) (*residentsv1.Self, error) {
	person, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (registry.Person, error) {
		return d.rows.Person(ctx, tx, authz.From(ctx).Person)
	})
	if err != nil {
		return nil, err
	}
	return &residentsv1.Self{PersonId: person.ID, Name: person.Name}, nil
}

// ListReveals shows the caller who saw the caller's contact.
func (d *Desk) ListReveals(ctx context.Context, _ *residentsv1.ListRevealsRequest) (*residentsv1.ListRevealsResponse, error) {
	all, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) ([]registry.Reveal, error) {
		return d.rows.Reveals(ctx, tx, authz.From(ctx).Person)
	})
	answer := &residentsv1.ListRevealsResponse{}
	for _, r := range all {
		answer.Reveals = append(answer.Reveals, &residentsv1.ListRevealsResponse_Reveal{
			ByStaffId: r.ByStaffID, Reason: r.Reason, At: timestamppb.New(r.At),
		})
	}
	return answer, err
}

// read runs fn on a snapshot and answers what it answers.
func read[T any](ctx context.Context, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) (answer T, err error) {
	err = db.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = fn(ctx, tx)
		return err
	})
	return answer, err
}
