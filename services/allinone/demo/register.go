// Package demo is a community to look at: places, people and staff that follow from a seed alone, and how a server is
// filled with them, through the public API and nothing else.
package demo

import (
	"math/rand/v2"

	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
)

// Seed is the one that servers are filled from unless told otherwise.
const Seed uint64 = 1

// Password of every demo employee.
const Password = "linli-demo"

// Register is everything that a seed gives, parents first. It is not to be changed.
type Register struct {
	Districts   []*residentsv1.District
	Communities []*residentsv1.Community
	Buildings   []*residentsv1.Building
	Homes       []*residentsv1.Home
	People      []*residentsv1.Person
	Occupants   []*residentsv1.Occupant
	Staff       []Employee
}

// Community answers the community of a seed: 2 districts, 6 communities, 40 buildings, 1,800 homes with people, 60 staff.
// Names, ages of tenancies and floor areas differ from seed to seed; ids, places and shifts do not.
func Community(seed uint64) *Register {
	r := &Register{}
	r.build()
	r.settle(rand.New(rand.NewPCG(seed, 1)))
	r.employ(rand.New(rand.NewPCG(seed, 2)))
	return r
}

// ByDistrict answers the buildings of each district, in order.
func (r *Register) ByDistrict() map[string][]*residentsv1.Building {
	district := map[string]string{}
	for _, c := range r.Communities {
		district[c.GetId()] = c.GetDistrictId()
	}
	all := map[string][]*residentsv1.Building{}
	for _, b := range r.Buildings {
		d := district[b.GetCommunityId()]
		all[d] = append(all[d], b)
	}
	return all
}

// ByBuilding answers the homes of each building, in order.
func (r *Register) ByBuilding() map[string][]*residentsv1.Home {
	all := map[string][]*residentsv1.Home{}
	for _, h := range r.Homes {
		all[h.GetBuildingId()] = append(all[h.GetBuildingId()], h)
	}
	return all
}

// Reachable answers the people with a phone who live in each home today, in order: tenants instead of an owner who has
// let the home.
func (r *Register) Reachable() map[string][]*residentsv1.Person {
	people := map[string]*residentsv1.Person{}
	for _, p := range r.People {
		people[p.GetId()] = p
	}
	let := map[string]bool{}
	for _, o := range r.Occupants {
		if o.GetUntil() == nil && o.GetRole() == residentsv1.HomeRole_HOME_ROLE_TENANT {
			let[o.GetHomeId()] = true
		}
	}
	all := map[string][]*residentsv1.Person{}
	for _, o := range r.Occupants {
		tenant := o.GetRole() == residentsv1.HomeRole_HOME_ROLE_TENANT
		if p := people[o.GetPersonId()]; p.GetPhone() != "" && o.GetUntil() == nil && tenant == let[o.GetHomeId()] {
			all[o.GetHomeId()] = append(all[o.GetHomeId()], p)
		}
	}
	return all
}
