package replay

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	"github.com/linlihub/linli/services/allinone/demo"
)

// town finds a home for every row: boroughs become districts, one place of the file one building, and the row's key says
// which home in it and who of the people there calls. The same file finds the same homes, always.
type town struct {
	districts []string // as the boroughs take them
	buildings map[string][]*residentsv1.Building
	homes     map[string][]*residentsv1.Home
	people    map[string][]*residentsv1.Person
	district  map[string]string // by borough
}

// door is where a row is opened, and by whom.
type door struct {
	district string
	home     *residentsv1.Home
	person   *residentsv1.Person
}

// newTown gives the boroughs of the rows to the districts in turn, the busiest borough to the district with most buildings.
func newTown(r *demo.Register, rows []Row) *town {
	t := &town{buildings: r.ByDistrict(), homes: r.ByBuilding(), people: r.Reachable(), district: map[string]string{}}
	for _, d := range r.Districts {
		t.districts = append(t.districts, d.GetId())
	}
	slices.SortStableFunc(t.districts, func(a, b string) int { return cmp.Compare(len(t.buildings[b]), len(t.buildings[a])) })
	counts, boroughs := map[string]int{}, []string{}
	for _, row := range rows {
		if row.Borough == "" {
			continue // spread by its key
		}
		if counts[row.Borough]++; counts[row.Borough] == 1 {
			boroughs = append(boroughs, row.Borough)
		}
	}
	slices.SortFunc(boroughs, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	for i, b := range boroughs {
		t.district[b] = t.districts[i%len(t.districts)]
	}
	return t
}

// find answers the door of a row; try 1, 2, … are other homes of the same building, for when one has its limit of tickets.
func (t *town) find(row Row, try int) door {
	district := t.district[row.Borough]
	if district == "" {
		district = t.districts[hash("district", row.Key)%uint64(len(t.districts))]
	}
	building := pick(t.buildings[district], hash("place", placeOf(row)))
	// Seven has no divisor in common with the 45 homes of a building, so every try is another home.
	home := pick(t.homes[building.GetId()], hash("home", row.Key)+7*uint64(try)) //nolint:gosec // a small count
	return door{district, home, pick(t.people[home.GetId()], hash("person", row.Key))}
}

// placeOf names a place: four digits are ten metres, a building. A row without coordinates has a place of its own.
func placeOf(row Row) string {
	if row.Point == nil {
		return row.Key
	}
	return fmt.Sprintf("%.4f %.4f", round4(row.Point.GetLat()), round4(row.Point.GetLon()))
}

func round4(degrees float64) float64 { return math.Round(degrees*1e4) / 1e4 }

func pick[T any](all []T, n uint64) T { return all[n%uint64(len(all))] }

// hash is stable across versions and machines; what tells the uses apart.
func hash(what, text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(what + "\x00" + text))
	sum := h.Sum64() // its low bits follow those of the text, so they are mixed (MurmurHash3, fmix64)
	sum = (sum ^ sum>>33) * 0xff51afd7ed558ccd
	sum = (sum ^ sum>>33) * 0xc4ceb9fe1a85ec53
	return sum ^ sum>>33
}
