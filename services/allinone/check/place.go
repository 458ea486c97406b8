package check

import (
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
)

// placeID names all that a check needs and no company has: a district of its own, where nobody lives and one works, so that
// no real technician is ever sent to a check.
const placeID = "linli-check"

// skill is what the ticket needs, and the code of its category.
const skill = "plumbing"

var point = &commonv1.Point{Lat: 30.2, Lon: 120.2}

// place is the district 自检片区 with one home. Nobody can sign in as its person, who has no phone.
func place() *residentsv1.ImportRequest {
	return &residentsv1.ImportRequest{
		Districts:   []*residentsv1.District{{Id: placeID, Name: "自检片区", Center: point}},
		Communities: []*residentsv1.Community{{Id: placeID, DistrictId: placeID, Name: "自检", Center: point}},
		Buildings:   []*residentsv1.Building{{Id: placeID, CommunityId: placeID, Name: "自检楼", Point: point, Floors: 1}},
		Homes:       []*residentsv1.Home{{Id: placeID, BuildingId: placeID, Entrance: "1单元", Number: "101", AreaCm2: 10_000}},
		People:      []*residentsv1.Person{{Id: placeID, Name: "自检"}},
		Occupants:   []*residentsv1.Occupant{{HomeId: placeID, PersonId: placeID, Role: residentsv1.HomeRole_HOME_ROLE_OWNER}},
	}
}

// technician is the only one of the district.
func technician(password string) *hrv1.ImportRequest {
	return &hrv1.ImportRequest{Staff: []*hrv1.NewEmployee{{
		Employee: &hrv1.Employee{
			Id: placeID, Name: "自检师傅", FullName: "自检", Roles: []string{"technician"}, DistrictIds: []string{placeID},
			Skills: []string{skill}, DailyCap: 100, Base: point,
		},
		Username: placeID, Password: password,
	}}}
}
