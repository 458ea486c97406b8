// Package policy holds the policies that are compared: simple ones, the product's own with and without its ingredients,
// and hindsight.
package policy

import (
	"cmp"
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"

	"github.com/linlihub/linli/tools/sim/world"
)

// FCFS sends the nearest idle technician who may to the ticket that waits longest.
func FCFS(v plan.View, now time.Time) plan.Outcome {
	return nearest(v, now, func(a, b plan.Job) int { return a.Opened.Compare(b.Opened) })
}

// Greedy does the same by priority first.
func Greedy(v plan.View, now time.Time) plan.Outcome {
	return nearest(v, now, func(a, b plan.Job) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), a.Opened.Compare(b.Opened))
	})
}

func nearest(v plan.View, now time.Time, order func(a, b plan.Job) int) (out plan.Outcome) {
	jobs := slices.Clone(v.Jobs)
	slices.SortStableFunc(jobs, order)
	busy := make([]bool, len(v.Technicians))
	for i := range jobs {
		best, least := -1, 0.
		for k := range v.Technicians {
			t := &v.Technicians[k]
			if busy[k] || len(t.Queue) > 0 || !slices.Contains(t.Skills, jobs[i].Skill) {
				continue
			}
			if ride := world.Ride(t.At, jobs[i].Place); best < 0 || ride < least {
				best, least = k, ride
			}
		}
		if best >= 0 {
			busy[best] = true
			at := now.Add(time.Duration(least * float64(time.Second)))
			out.Decisions = append(out.Decisions, plan.Decision{
				Job: jobs[i].ID, Staff: v.Technicians[best].ID, Arrival: plan.Window{From: at, To: at},
			})
		}
	}
	return out
}
