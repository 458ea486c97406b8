package plan

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestPlan_WhateverTheBoard checks what holds of every board, with places that are not on earth and clocks that are wrong:
// a live board never stops for one bad ticket.
func TestPlan_WhateverTheBoard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyView(t)
		out := Plan(v, now)
		if again := Plan(shuffled(t, v), now); !reflect.DeepEqual(out, again) {
			t.Fatalf("another order gives\n%+v\nnot\n%+v", again, out)
		}
		checkOnce(t, v, out)
		checkEligible(t, v, out)
		checkRoom(t, v, out)
		checkTimes(t, out)
		checkSeconds(t, v, out)
	})
}

func shuffled(t *rapid.T, v View) View {
	v.Jobs = rapid.Permutation(v.Jobs).Draw(t, "order of jobs")
	v.Technicians = rapid.Permutation(v.Technicians).Draw(t, "order of technicians")
	return v
}

// checkOnce: each job, of the view and of each withdrawn visit, has exactly one fate.
func checkOnce(t *rapid.T, v View, out Outcome) {
	fates := map[string]int{}
	for _, d := range out.Decisions {
		fates[d.Job]++
	}
	for _, s := range out.Stranded {
		fates[s.Job]++
	}
	for _, p := range out.Postponed {
		fates[p.Job]++
	}
	want := map[string]int{}
	for _, j := range v.Jobs {
		want[j.ID] = 1
	}
	for _, w := range out.Withdrawals {
		want[w.Job] = 1
	}
	if !reflect.DeepEqual(fates, want) {
		t.Fatalf("fates %v, want %v", fates, want)
	}
}

// checkEligible: DOMAIN 9, never somebody who may not; and stranded is only what nobody may do.
func checkEligible(t *rapid.T, v View, out Outcome) {
	jobs, people := lookup(v)
	for _, d := range out.Decisions {
		for _, staff := range append([]string{d.Staff}, d.Pool...) {
			j, w := jobs[d.Job], people[staff]
			if why := v.Policy.Refusals(&j, &w, now); len(why) > 0 {
				t.Fatalf("%s was given to %s, who is refused for %v", d.Job, staff, why)
			}
		}
	}
	for _, s := range out.Stranded {
		j := jobs[s.Job]
		for _, w := range v.Technicians {
			if len(v.Policy.Refusals(&j, &w, now)) == 0 {
				t.Fatalf("%s is stranded though %s may do it", s.Job, w.ID)
			}
		}
	}
}

// checkRoom: nobody beyond capacity or daily cap, unless they were so before; only what may give way is withdrawn.
func checkRoom(t *rapid.T, v View, out Outcome) {
	held := map[string]int{}
	for _, d := range out.Decisions {
		if len(d.Pool) == 0 {
			held[d.Staff]++
		}
	}
	for _, w := range out.Withdrawals {
		held[w.Staff]--
	}
	for _, w := range v.Technicians {
		after := len(w.Queue) + held[w.ID]
		if held[w.ID] > 0 && after > v.Policy.Capacity {
			t.Fatalf("%s holds %d of %d", w.ID, after, v.Policy.Capacity)
		}
		if limit := v.Policy.cap(&w); held[w.ID] > 0 && limit > 0 && w.DoneToday+after > limit {
			t.Fatalf("%s has %d today, the cap is %d", w.ID, w.DoneToday+after, limit)
		}
		for _, visit := range w.Queue {
			gone := slices.ContainsFunc(out.Withdrawals, func(x Withdrawal) bool { return x.Visit == visit.ID })
			passedOn := slices.ContainsFunc(out.Withdrawals, func(x Withdrawal) bool { return x.Visit == visit.ID && x.For == x.Job })
			if gone && !visit.displaceable() && (!passedOn || visit.State >= UnderWay) {
				t.Fatalf("%s was withdrawn though it may not give way", visit.ID)
			}
		}
	}
}

// checkSeconds: whoever is sent along by name can set out now, for nothing is left of what was in hand.
func checkSeconds(t *rapid.T, v View, out Outcome) {
	jobs, people := lookup(v)
	for _, d := range out.Decisions {
		if !jobs[d.Job].Second || len(d.Pool) > 0 {
			continue
		}
		for _, visit := range people[d.Staff].Queue {
			if !slices.ContainsFunc(out.Withdrawals, func(w Withdrawal) bool { return w.Visit == visit.ID }) {
				t.Fatalf("%s comes along to %s and still has %s", d.Staff, d.Job, visit.ID)
			}
		}
	}
}

func checkTimes(t *rapid.T, out Outcome) {
	windows := map[string]Window{}
	for _, d := range out.Decisions {
		windows[d.Job] = d.Arrival
		if d.Total != d.Total || d.RunnerUpTotal != d.RunnerUpTotal {
			t.Fatalf("%s costs no number: %+v", d.Job, d)
		}
	}
	for _, a := range out.Arrivals {
		windows[a.Visit] = a.Window
	}
	for id, w := range windows {
		if w.From.Before(now) || w.To.Before(w.From) {
			t.Fatalf("%s is expected from %v to %v, now is %v", id, w.From, w.To, now)
		}
	}
}

func lookup(v View) (map[string]Job, map[string]Technician) {
	jobs, people := map[string]Job{}, map[string]Technician{}
	for _, j := range v.Jobs {
		jobs[j.ID] = j
	}
	for _, w := range v.Technicians {
		people[w.ID] = w
		for _, visit := range w.Queue {
			jobs[visit.Job.ID] = visit.Job
		}
	}
	return jobs, people
}

// BenchmarkPlan50x200 decides for 50 waiting jobs and 200 technicians, a third of whom are busy.
func BenchmarkPlan50x200(b *testing.B) {
	v := town(rand.New(rand.NewPCG(24, 3)), 50, 200)
	b.ReportAllocs()
	for b.Loop() {
		if out := Plan(v, now); len(out.Decisions) == 0 {
			b.Fatal("nobody was sent")
		}
	}
}

// town spreads jobs and technicians over ten kilometres.
func town(r *rand.Rand, jobs, technicians int) View {
	v := View{}
	skills := []string{"plumbing", "carpentry", "electrical", "masonry"}
	somewhere := func() Place { return Place{Lat: 30.25 + r.Float64()/11, Lon: 120.16 + r.Float64()/10} }
	for i := range jobs {
		v.Jobs = append(v.Jobs, job(fmt.Sprintf("job-%03d", i), in(somewhere()), opened(time.Duration(r.IntN(90))*minute), func(j *Job) {
			j.Skill, j.Priority, j.Due = skills[r.IntN(len(skills))], Priority(1+i%16/5), j.Opened.Add(time.Hour)
		}))
	}
	for i := range technicians {
		w := worker(fmt.Sprintf("staff-%03d", i), func(w *Technician) {
			w.At, w.DoneToday = somewhere(), r.IntN(6)
			w.Skills = []string{skills[r.IntN(len(skills))], skills[r.IntN(len(skills))]}
			w.Certificates = []Certificate{{Skill: "electrical"}}
		})
		if i%3 == 0 {
			holds(fmt.Sprintf("open-%03d", i), State(1+r.IntN(3)), in(somewhere()))(&w)
		}
		v.Technicians = append(v.Technicians, w)
	}
	return v
}
