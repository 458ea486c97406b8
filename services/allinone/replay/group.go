package replay

import (
	"cmp"
	"slices"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// sums adds up a set of tickets.
type sums struct {
	name                                               *commonv1.Text
	opened, assigned, finished, cancelled, due, onTime int
	t1, t2, t3                                         []float64
}

func (s *sums) add(ticket *ticketsv1.Ticket) {
	clocks := ticket.GetClocks()
	s.opened++
	if clocks.GetT1Seconds() >= 0 {
		s.assigned++
		s.t1 = append(s.t1, float64(clocks.GetT1Seconds()))
	}
	if clocks.GetT2Seconds() >= 0 {
		s.t2 = append(s.t2, float64(clocks.GetT2Seconds()))
	}
	if clocks.GetT3Seconds() >= 0 {
		s.t3 = append(s.t3, float64(clocks.GetT3Seconds()))
	}
	if ticket.GetState() == ticketsv1.State_STATE_CANCELLED {
		s.cancelled++
		return
	}
	if ended(ticket.GetState()) {
		s.finished++
	}
	s.due++
	if clocks.GetT3Seconds() >= 0 && clocks.GetArrival().GetMet() {
		s.onTime++
	}
}

// groups are sums by a key; "" is all of them.
type groups map[string]*sums

func newGroups() groups { return groups{"": {}} }

func (g groups) add(key string, name *commonv1.Text, ticket *ticketsv1.Ticket) {
	if g[key] == nil {
		g[key] = &sums{name: name}
	}
	g[key].add(ticket)
	g[""].add(ticket)
}

func (g groups) all() *sums { return g[""] }

// groups answers the parts in the order of their keys.
func (g groups) groups() []Group {
	list := []Group{}
	for key, s := range g {
		if key == "" {
			continue
		}
		list = append(list, Group{
			Key: key, ZH: cmp.Or(s.name.GetZh(), key), EN: cmp.Or(s.name.GetEn(), key),
			Opened: s.opened, Due: s.due, OnTime: s.onTime, Share: share(s.onTime, s.due), T3s: Measure(s.t3),
		})
	}
	slices.SortFunc(list, func(a, b Group) int { return cmp.Compare(a.Key, b.Key) })
	return list
}
