package residents

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	"github.com/linlihub/linli/services/residents/registry"
)

func fromProtoPoint(p *commonv1.Point) registry.Point {
	return registry.Point{Lat: p.GetLat(), Lon: p.GetLon()}
}

func toProtoPoint(p registry.Point) *commonv1.Point {
	return &commonv1.Point{Lat: p.Lat, Lon: p.Lon}
}

func fromProtoDistrict(d *residentsv1.District) registry.District {
	return registry.District{ID: d.GetId(), Name: d.GetName(), Center: fromProtoPoint(d.GetCenter())}
}

func toProtoDistrict(d registry.District) *residentsv1.District {
	return &residentsv1.District{Id: d.ID, Name: d.Name, Center: toProtoPoint(d.Center)}
}

func fromProtoCommunity(c *residentsv1.Community) registry.Community {
	return registry.Community{ID: c.GetId(), DistrictID: c.GetDistrictId(), Name: c.GetName(), Center: fromProtoPoint(c.GetCenter())}
}

func toProtoCommunity(c registry.Community) *residentsv1.Community {
	return &residentsv1.Community{Id: c.ID, DistrictId: c.DistrictID, Name: c.Name, Center: toProtoPoint(c.Center)}
}

func fromProtoBuilding(b *residentsv1.Building) registry.Building {
	return registry.Building{
		ID: b.GetId(), CommunityID: b.GetCommunityId(), Name: b.GetName(),
		Point: fromProtoPoint(b.GetPoint()), Floors: int(b.GetFloors()),
	}
}

func toProtoBuilding(b registry.Building) *residentsv1.Building {
	return &residentsv1.Building{
		Id: b.ID, CommunityId: b.CommunityID, Name: b.Name, Point: toProtoPoint(b.Point),
		Floors: int32(b.Floors), //nolint:gosec // at most 200, by the proto's rule
	}
}

func fromProtoHome(h *residentsv1.Home) registry.Home {
	return registry.Home{
		ID: h.GetId(), BuildingID: h.GetBuildingId(), Entrance: h.GetEntrance(), Number: h.GetNumber(), AreaCM2: h.GetAreaCm2(),
	}
}

func toProtoHome(p registry.Place) *residentsv1.Home {
	return &residentsv1.Home{
		Id: p.Home.ID, BuildingId: p.Home.BuildingID, Entrance: p.Home.Entrance, Number: p.Home.Number,
		AreaCm2: p.Home.AreaCM2, Place: toProtoPlace(p),
	}
}

func toProtoPlace(p registry.Place) *commonv1.Place {
	return &commonv1.Place{
		HomeId: p.Home.ID, DistrictId: p.DistrictID, CommunityId: p.Community.ID, BuildingId: p.Building.ID,
		Address: p.Address(), Point: toProtoPoint(p.Building.Point),
	}
}

func fromProtoPerson(p *residentsv1.Person) registry.Person {
	return registry.Person{ID: p.GetId(), Name: p.GetName(), Phone: p.GetPhone()}
}

func fromProtoOccupant(o *residentsv1.Occupant) registry.Occupancy {
	return registry.Occupancy{
		HomeID: o.GetHomeId(), PersonID: o.GetPersonId(), Role: registry.Role(o.GetRole()),
		Since: instant(o.GetSince(), time.Time{}), Until: instant(o.GetUntil(), time.Time{}),
	}
}

func toProtoOccupant(o registry.Occupancy, p registry.Person) *residentsv1.Occupant {
	return &residentsv1.Occupant{
		HomeId: o.HomeID, PersonId: o.PersonID, Role: residentsv1.HomeRole(o.Role), Since: stamp(o.Since), Until: stamp(o.Until), //nolint:gosec // a handful of roles
		Person: &residentsv1.Person{Id: p.ID, Name: p.Name, Phone: p.Phone},
	}
}

// instant reads an optional timestamp.
func instant(t *timestamppb.Timestamp, otherwise time.Time) time.Time {
	if t == nil {
		return otherwise
	}
	return t.AsTime()
}

// stamp writes the zero time as an absent timestamp.
func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
