// Package whatif imagines some hours of a district with other people than there are. It lets days pass that are drawn from what
// the board has learned, and decides in them with the very plan that decides every day. Imagine is a pure function: the same
// question has the same answer.
package whatif

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/experience"
	"github.com/linlihub/linli/services/dispatch/plan"
)

// Case is a question: some hours, what is expected in them, and who is there.
type Case struct {
	District string
	Begin    time.Time
	Expected []map[string]float64 // per hour, by category
	Kinds    map[string]experience.Kind
	Places   []experience.Spot
	Crew     []plan.Technician
	Policy   plan.Policy
	Seed     uint64
}

// Imagined is the mean of some imagined days.
type Imagined struct {
	Tickets, OnTime float64 // OnTime is a share; 1 when nothing came
	Hours           []Hour
	Loads           []Load
	Runs            int
}

// Hour is what became of the tickets that came in an hour.
type Hour struct {
	Begin             time.Time
	Tickets, OnTime   float64
	WaitMean, WaitP90 float64 // seconds until somebody was at the door; WaitP90 of nine in ten
}

// Load is how busy somebody was.
type Load struct {
	Staff        string
	Busy, Visits float64 // Busy is a share of the hours
}

// Overloaded is the share above which nobody can be on time.
const Overloaded = .85

const (
	// runs is how many days are imagined for an answer; fewer when they are large.
	runs = 9
	// enough is how many tickets are imagined at most.
	enough = 3000
)

// Imagine lets the hours of a case pass some times and answers the mean.
func Imagine(c Case) Imagined {
	sum := 0.
	for _, hour := range c.Expected {
		for _, n := range hour {
			sum += n
		}
	}
	days := max(1, min(runs, int(enough/max(1, sum))))
	var tickets []*ticket
	busy, visits := map[string]float64{}, map[string]float64{}
	for day := range days {
		w := newDay(c, uint64(day))
		w.pass()
		tickets = append(tickets, w.tickets...)
		for _, p := range w.crew {
			busy[p.ID] += p.busy
			visits[p.ID] += p.visits
		}
	}
	answer := summarise(c, tickets, float64(days))
	answer.Runs = days
	length := float64(len(c.Expected)*3600) * float64(days)
	for _, t := range c.Crew {
		answer.Loads = append(answer.Loads, Load{t.ID, busy[t.ID] / length, visits[t.ID] / float64(days)})
	}
	slices.SortFunc(answer.Loads, func(a, b Load) int { return cmp.Or(cmp.Compare(b.Busy, a.Busy), cmp.Compare(a.Staff, b.Staff)) })
	return answer
}

func summarise(c Case, tickets []*ticket, days float64) Imagined {
	answer := Imagined{Tickets: float64(len(tickets)) / days, OnTime: onTime(tickets)}
	for h := range c.Expected {
		var of []*ticket
		for _, t := range tickets {
			if int(t.opened)/3600 == h {
				of = append(of, t)
			}
		}
		hour := Hour{Begin: c.Begin.Add(time.Duration(h) * time.Hour), Tickets: float64(len(of)) / days, OnTime: onTime(of)}
		waits := make([]float64, 0, len(of))
		for _, t := range of {
			waits = append(waits, t.arrived-t.opened)
			hour.WaitMean += (t.arrived - t.opened) / float64(len(of))
		}
		if slices.Sort(waits); len(waits) > 0 {
			hour.WaitP90 = waits[int(math.Ceil(.9*float64(len(waits))))-1]
		}
		answer.Hours = append(answer.Hours, hour)
	}
	return answer
}

func onTime(tickets []*ticket) float64 {
	kept := 0
	for _, t := range tickets {
		if t.arrived <= t.due {
			kept++
		}
	}
	if len(tickets) == 0 {
		return 1
	}
	return float64(kept) / float64(len(tickets))
}
