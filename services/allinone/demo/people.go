package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
)

// Zone is China's one time zone.
var Zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// handedOver is when the keys of all homes were given out; every dated role lies between it and lastMove, so that the
// register is the same whenever a server's clock stands.
var (
	handedOver = time.Date(2014, 6, 1, 0, 0, 0, 0, Zone)
	lastMove   = time.Date(2024, 9, 1, 0, 0, 0, 0, Zone)
)

// floorAreas of the doors of a floor, in hundredths of a square metre.
var floorAreas = []int64{8937, 7280, 12860}

// residentPhone and staffPhone are of a block of numbers that is kept for demonstrations; the last four digits differ.
func residentPhone(n int) string { return fmt.Sprintf("1990000%04d", n) }

func staffPhone(n int) string { return fmt.Sprintf("1990000%04d", 9900+n) }

// settler fills homes with people.
type settler struct {
	*Register
	rand   *rand.Rand
	phones int
}

// settle gives every home its area and its people. One owner in thirty has two homes; one home in five is let.
func (r *Register) settle(random *rand.Rand) {
	s := settler{Register: r, rand: random}
	var owner *residentsv1.Person
	for i, home := range r.Homes {
		home.AreaCm2 = 100 * (floorAreas[i%len(floorAreas)] + int64(random.IntN(40)))
		bought := s.day(handedOver, handedOver.AddDate(6, 0, 0))
		if owner == nil || random.IntN(30) != 0 {
			owner = s.person(fullName(random), true)
		}
		s.move(home, owner, residentsv1.HomeRole_HOME_ROLE_OWNER, bought, time.Time{})
		if random.IntN(5) == 0 {
			s.let(home, bought)
		} else {
			s.family(home, owner, bought)
		}
	}
}

// let moves tenants in, after others who have left.
func (s *settler) let(home *residentsv1.Home, bought time.Time) {
	change := s.day(bought.AddDate(0, 2, 0), lastMove)
	if s.rand.IntN(3) == 0 {
		s.move(home, s.person(fullName(s.rand), true), residentsv1.HomeRole_HOME_ROLE_TENANT, bought.AddDate(0, 1, 0), change)
	}
	for range 1 + s.rand.IntN(2) {
		s.move(home, s.person(fullName(s.rand), true), residentsv1.HomeRole_HOME_ROLE_TENANT, change, time.Time{})
	}
}

func (s *settler) family(home *residentsv1.Home, owner *residentsv1.Person, since time.Time) {
	if s.rand.IntN(10) < 7 {
		s.move(home, s.person(fullName(s.rand), true), residentsv1.HomeRole_HOME_ROLE_FAMILY, since, time.Time{})
	}
	if s.rand.IntN(10) < 4 { // a child, with the owner's surname and no telephone
		s.move(home, s.person(surname(owner.GetName())+givenName(s.rand), false), residentsv1.HomeRole_HOME_ROLE_FAMILY, since, time.Time{})
	}
}

func (s *settler) person(name string, phone bool) *residentsv1.Person {
	p := &residentsv1.Person{Id: fmt.Sprintf("p%05d", len(s.People)+1), Name: name}
	if phone {
		s.phones++
		p.Phone = residentPhone(s.phones)
	}
	s.People = append(s.People, p)
	return p
}

func (s *settler) move(home *residentsv1.Home, p *residentsv1.Person, role residentsv1.HomeRole, since, until time.Time) {
	o := &residentsv1.Occupant{HomeId: home.GetId(), PersonId: p.GetId(), Role: role, Since: timestamppb.New(since)}
	if !until.IsZero() {
		o.Until = timestamppb.New(until)
	}
	s.Occupants = append(s.Occupants, o)
}

// day is some day between two, the later one apart.
func (s *settler) day(from, to time.Time) time.Time {
	days := int(to.Sub(from).Hours() / 24)
	return from.AddDate(0, 0, s.rand.IntN(max(days, 1)))
}
