package world_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"

	"github.com/linlihub/linli/tools/sim/policy"
	"github.com/linlihub/linli/tools/sim/world"
)

// small is a day that a test can afford.
func small(seed uint64) world.Spec {
	s := world.Standard(12, seed)
	s.Technicians, s.SideKM, s.Hours = 8, 6, 5
	return s
}

func TestDayFollowsItsSeed(t *testing.T) {
	one, two, other := world.Make(small(1)), world.Make(small(1)), world.Make(small(2))
	if !reflect.DeepEqual(one, two) {
		t.Error("the same seed gave two days")
	}
	if reflect.DeepEqual(one.Tickets, other.Tickets) {
		t.Error("two seeds gave one day")
	}
}

// A variant is compared with the day as planned: but for what goes wrong, it must be the same day.
func TestVariantsAreOfTheSameDay(t *testing.T) {
	planned, spec := world.Make(small(1)), small(1)
	spec.Noise, spec.RoadNoise, spec.NoShows, spec.Lost = .5, .3, .1, .2
	noShows, lost := 0, 0
	varied := world.Make(spec)
	for i := range varied.Tickets {
		k := &varied.Tickets[i]
		if k.Real == 300 {
			noShows++
		}
		if k.Lost {
			lost++
		}
		k.Real, k.Jam, k.Lost = planned.Tickets[i].Real, planned.Tickets[i].Jam, false
	}
	if noShows == 0 || lost == 0 || noShows == len(varied.Tickets) || lost == len(varied.Tickets) {
		t.Errorf("of %d, %d no-shows and %d lost", len(varied.Tickets), noShows, lost)
	}
	if !reflect.DeepEqual(planned.Tickets, varied.Tickets) {
		t.Error("the day is another")
	}
}

func TestDayIsAsSpecified(t *testing.T) {
	s := world.Standard(850, 1) // ten times the crowd, so that shares are near what they should be
	d := world.Make(s)
	peak, urgent, work := 0, 0, 0.
	for _, k := range d.Tickets {
		if h := k.Opened / 3600; h >= s.Peak[0] && h < s.Peak[1] {
			peak++
		}
		if k.Priority == plan.P1 {
			urgent++
		}
		work += k.Standard
	}
	n := float64(len(d.Tickets))
	for name, c := range map[string]struct{ got, want float64 }{
		"in the peak":  {float64(peak), 3 * 850},
		"all day":      {n, 6.5 * 850},
		"emergencies":  {float64(urgent), .03 * n},
		"mean of work": {work / n, 35 * 60},
	} {
		if math.Abs(c.got-c.want) > .15*c.want {
			t.Errorf("%s: %.0f, want about %.0f", name, c.got, c.want)
		}
	}
	for _, who := range d.Technicians {
		if len(who.Skills) != 3 {
			t.Errorf("%s has %v", who.ID, who.Skills)
		}
	}
}

func still() time.Time { return time.Time{} }

// What every policy must keep: each ticket is served once, by somebody who may, not before it is opened, and nobody is in
// two places at once.
func TestEveryPolicyServesEveryTicket(t *testing.T) {
	for _, name := range policy.Names() {
		if strings.HasPrefix(name, "hindsight") || name == "bound" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := small(3)
			s.Noise, s.RoadNoise = .5, .2
			d := world.Make(s)
			served, err := policy.Live(name, d, still)
			if err != nil {
				t.Fatal(err)
			}
			lawful(t, d, served)
		})
	}
}

func lawful(t *testing.T, d world.Day, s world.Served) {
	t.Helper()
	for i, k := range d.Tickets {
		if s.Arrived[i] < k.Opened {
			t.Fatalf("%s was served at %v and opened at %v", k.ID, s.Arrived[i], k.Opened)
		}
		may := false
		for _, skill := range d.Technicians[s.By[i]].Skills {
			may = may || skill == k.Skill
		}
		if !may {
			t.Fatalf("%s was served by %d, who cannot", k.ID, s.By[i])
		}
		for j := range d.Tickets {
			if i != j && s.By[i] == s.By[j] && s.Arrived[i] <= s.Arrived[j] && s.Arrived[i]+k.Real > s.Arrived[j]+1e-3 {
				t.Fatalf("technician %d is at %s until %v and at %s from %v", s.By[i], k.ID, s.Arrived[i]+k.Real, d.Tickets[j].ID, s.Arrived[j])
			}
		}
	}
}

func TestTheSameDayIsLivedTheSameWay(t *testing.T) {
	d := world.Make(small(4))
	one, err := policy.Live("ours", d, still)
	if err != nil {
		t.Fatal(err)
	}
	two, _ := policy.Live("ours", d, still)
	if !reflect.DeepEqual(one, two) {
		t.Error("two lives of one day differ")
	}
}
