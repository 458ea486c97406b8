// Package registry is the register of places and people: what a home, a person and a dated role are. It does no I/O.
package registry

import (
	"fmt"
	"time"
)

// Point is a WGS 84 position in degrees.
type Point struct{ Lat, Lon float64 }

// District 片区, the unit of dispatch and of an employee's scope.
type District struct {
	ID, Name string
	Center   Point
}

// Community 小区.
type Community struct {
	ID, DistrictID, Name string
	Center               Point
}

// Building 楼栋.
type Building struct {
	ID, CommunityID, Name string
	Point                 Point
	Floors                int
}

// Home 房屋, an exclusive part 专有部分. Area is an integer: votes are counted with it (Civil Code 民法典 278).
type Home struct {
	ID, BuildingID, Entrance, Number string
	AreaCM2                          int64
}

// Place is where a home stands, with everything above it.
type Place struct {
	Home       Home
	DistrictID string
	Community  Community
	Building   Building
}

// Address as people say it: 春晓苑 3栋 2单元 0501.
func (p Place) Address() string {
	address := p.Community.Name + " " + p.Building.Name
	if p.Home.Entrance != "" {
		address += " " + p.Home.Entrance
	}
	return address + " " + p.Home.Number
}

// Person is whoever lives in or owns a home. Name and Phone are personal: sealed at rest, masked in answers.
type Person struct{ ID, Name, Phone string }

// Role is what a person is to a home.
type Role int

// The roles, as the proto numbers them.
const (
	Owner  Role = 1
	Family Role = 2
	Tenant Role = 3
)

// Occupancy is one dated role of a person in a home: it holds from Since until Until, or still when Until is zero.
type Occupancy struct {
	HomeID, PersonID string
	Role             Role
	Since, Until     time.Time
}

// Check refuses a role that ends before it begins.
func (o Occupancy) Check() error {
	if !o.Until.IsZero() && !o.Until.After(o.Since) {
		return ErrDates.With("home", o.HomeID)
	}
	return nil
}

// HoldsAt says whether the role holds at an instant: from Since on, before Until.
func (o Occupancy) HoldsAt(t time.Time) bool {
	return !t.Before(o.Since) && (o.Until.IsZero() || t.Before(o.Until))
}

// String names the occupancy without anything personal.
func (o Occupancy) String() string { return fmt.Sprintf("%s in %s", o.PersonID, o.HomeID) }

// Reveal is one look at a person's contact in clear, kept for that person to see (PIPL 个人信息保护法 44, 45).
type Reveal struct {
	PersonID, ByStaffID, Reason string
	At                          time.Time
}
