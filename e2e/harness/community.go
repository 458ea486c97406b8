package harness

import (
	"fmt"
	"slices"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
)

// The community of the journeys: two districts with one building of Homes homes each. Home h1 … h40 lie in district d1,
// h41 … h80 in d2; person pN owns home hN. Each district has Technicians technicians with every skill (t1 … t4 in d1,
// t5 … t8 in d2) and a steward (w1, w2); m1 manages both.
const (
	Homes       = 40
	Technicians = 4
)

// Phone is the number with which a person signs in.
func Phone(person string) string {
	var n int
	fmt.Sscanf(person, "p%d", &n) //nolint:errcheck // the ids are our own
	return fmt.Sprintf("1990000%04d", n)
}

var skills = []string{
	"plumbing", "electrical", "carpentry", "hvac", "appliance", "masonry", "lift", "gas", "fire", "cleaning", "greening", "security", "general",
}

func (p *Platform) importCommunity() {
	p.t.Helper()
	admin := p.Admin()
	if _, err := residentsv1.NewRegistryClient(admin).Import(p.Context(), places()); err != nil {
		p.t.Fatalf("import places: %v", err)
	}
	p.importStaff(staff())
}

func (p *Platform) importStaff(req *hrv1.ImportRequest) {
	p.t.Helper()
	for group := range slices.Chunk(req.GetStaff(), 2) { // a few at a time: passwords are hashed slowly, on purpose
		if _, err := hrv1.NewStaffClient(p.Admin()).Import(p.Context(), &hrv1.ImportRequest{Staff: group}); err != nil {
			p.t.Fatalf("import staff: %v", err)
		}
	}
}

func places() *residentsv1.ImportRequest {
	req := &residentsv1.ImportRequest{}
	for d := 1; d <= 2; d++ {
		building := district(req, d)
		for n := (d-1)*Homes + 1; n <= d*Homes; n++ {
			home(req, n, building)
		}
	}
	return req
}

func district(req *residentsv1.ImportRequest, d int) (building string) {
	center := &commonv1.Point{Lat: 30.20 + float64(d)/50, Lon: 120.20}
	id, community, building := fmt.Sprintf("d%d", d), fmt.Sprintf("c%d", d), fmt.Sprintf("b%d", d)
	req.Districts = append(req.Districts, &residentsv1.District{Id: id, Name: fmt.Sprintf("%d片区", d), Center: center})
	req.Communities = append(req.Communities, &residentsv1.Community{Id: community, DistrictId: id, Name: "春晓苑", Center: center})
	req.Buildings = append(req.Buildings, &residentsv1.Building{Id: building, CommunityId: community, Name: "3栋", Point: center, Floors: 20})
	return building
}

// Widen adds districts, each with a building, until there are so many, and a manager of all: m9.
func (p *Platform) Widen(districts int) {
	p.t.Helper()
	req, all := &residentsv1.ImportRequest{}, []string{}
	for d := 1; d <= districts; d++ {
		if all = append(all, fmt.Sprintf("d%d", d)); d > 2 {
			district(req, d)
		}
	}
	if _, err := residentsv1.NewRegistryClient(p.Admin()).Import(p.Context(), req); err != nil {
		p.t.Fatalf("import districts: %v", err)
	}
	manager := &hrv1.ImportRequest{}
	hire(manager, "m9", 99, "陈经理", "manager", all, nil, 30.20)
	p.importStaff(manager)
}

// dealt is the number of the district of whoever comes to a community of so many.
func dealt(n, districts int) int { return 1 + (n-1)%districts }

// Crowd moves more people in, until there are so many: person pN owns home hN. They are dealt round the districts.
func (p *Platform) Crowd(people, districts int) {
	p.t.Helper()
	req := &residentsv1.ImportRequest{}
	for n := 2*Homes + 1; n <= people; n++ {
		home(req, n, fmt.Sprintf("b%d", dealt(n, districts)))
	}
	if len(req.GetHomes()) == 0 {
		return
	}
	if _, err := residentsv1.NewRegistryClient(p.Admin()).Import(p.Context(), req); err != nil {
		p.t.Fatalf("import a crowd: %v", err)
	}
}

// District is where a home lies in a community of so many districts.
func District(home, districts int) string {
	d := 1 + (home-1)/Homes
	if home > 2*Homes {
		d = dealt(home, districts)
	}
	return fmt.Sprintf("d%d", d)
}

func home(req *residentsv1.ImportRequest, n int, building string) {
	home, person := fmt.Sprintf("h%d", n), fmt.Sprintf("p%d", n)
	req.Homes = append(req.Homes, &residentsv1.Home{Id: home, BuildingId: building, Entrance: "2单元", Number: fmt.Sprintf("%04d", n), AreaCm2: 900_000})
	req.People = append(req.People, &residentsv1.Person{Id: person, Name: Name, Phone: Phone(person)})
	req.Occupants = append(req.Occupants, &residentsv1.Occupant{HomeId: home, PersonId: person, Role: residentsv1.HomeRole_HOME_ROLE_OWNER})
}

// DailyCap is how many visits a day each technician takes, as many as there can be.
const DailyCap = 100

// Crew hires more technicians, until there are so many, and deals them round the districts.
func (p *Platform) Crew(technicians, districts int) {
	p.t.Helper()
	req := &hrv1.ImportRequest{}
	for n := 2*Technicians + 1; n <= technicians; n++ {
		d := dealt(n, districts)
		hire(req, fmt.Sprintf("t%d", n), 100+n, fmt.Sprintf("%d号师傅", n), "technician", []string{fmt.Sprintf("d%d", d)}, skills, 30.20+float64(d)/50)
	}
	p.importStaff(req)
}

func hire(req *hrv1.ImportRequest, id string, number int, name, role string, districts, skills []string, lat float64) {
	req.Staff = append(req.Staff, &hrv1.NewEmployee{
		Employee: &hrv1.Employee{
			Id: id, Name: name, FullName: FullName, Phone: fmt.Sprintf("1990001%04d", number), Roles: []string{role},
			DistrictIds: districts, Skills: skills, DailyCap: DailyCap, Base: &commonv1.Point{Lat: lat, Lon: 120.20},
		},
		Username: id, Password: Password,
	})
}

func staff() *hrv1.ImportRequest {
	req := &hrv1.ImportRequest{}
	add := func(id, name, role string, districts []string, skills []string, lat float64) {
		hire(req, id, len(req.GetStaff()), name, role, districts, skills, lat)
	}
	for d := 1; d <= 2; d++ {
		district := []string{fmt.Sprintf("d%d", d)}
		for n := (d-1)*Technicians + 1; n <= d*Technicians; n++ {
			add(fmt.Sprintf("t%d", n), fmt.Sprintf("%d号师傅", n), "technician", district, skills, 30.20+float64(d)/50+float64(n)/2000)
		}
		add(fmt.Sprintf("w%d", d), "李管家", "steward", district, nil, 30.20)
	}
	add("m1", "陈经理", "manager", []string{"d1", "d2"}, nil, 30.20)
	return req
}
