package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"

	"github.com/linlihub/linli/tools/sim/world"
)

// result is one entry of the JSON: what one policy made of one day.
type result struct {
	Policy         string  `json:"policy"`
	Rate           float64 `json:"rate"`
	Seed           uint64  `json:"seed"`
	Tickets        int     `json:"tickets"`
	OnTimeShare    float64 `json:"on_time_share"`
	EmergencyShare float64 `json:"emergency_share"`
	WaitP50S       float64 `json:"wait_p50_s"`
	WaitP99S       float64 `json:"wait_p99_s"` // of ordinary tickets
	WaitMaxS       float64 `json:"wait_max_s"`
	TravelKM       float64 `json:"travel_km"`
	DecisionP99MS  float64 `json:"decision_p99_ms"`
	Bumped         int     `json:"bumped"` // visits that gave way to an emergency
	Noise          float64 `json:"noise"`
	Variant        string  `json:"variant,omitempty"`   // what goes other than expected
	DrainedS       float64 `json:"drained_s,omitempty"` // after a burst: until no more wait than before it
	FluidS         float64 `json:"fluid_s,omitempty"`   // what that takes at least
	Proven         float64 `json:"proven,omitempty"`    // of the bound: tickets, before they are taken as whole
}

func measure(name string, d world.Day, s world.Served) result {
	r := result{
		Policy: name, Rate: d.Spec.Rate, Seed: d.Spec.Seed, Tickets: len(d.Tickets), TravelKM: s.TravelKM,
		Noise: d.Spec.Noise, Bumped: s.Bumped,
	}
	var all, urgent, ordinary []float64
	for i, arrived := range s.Arrived {
		wait := arrived - d.Tickets[i].Opened
		all = append(all, wait)
		if d.Tickets[i].Priority == plan.P1 {
			urgent = append(urgent, wait)
		} else {
			ordinary = append(ordinary, wait)
		}
	}
	r.OnTimeShare, r.EmergencyShare = inTime(all, d), inTime(urgent, d)
	r.WaitP50S, r.WaitP99S, r.WaitMaxS = quantile(all, .5), quantile(ordinary, .99), quantile(all, 1)
	if d.Spec.Burst > 0 {
		r.DrainedS, r.FluidS = d.Drained(s.Arrived)
	}
	var took []float64
	for _, t := range s.Decided {
		took = append(took, float64(t)/float64(time.Millisecond))
	}
	r.DecisionP99MS = quantile(took, .99)
	return r
}

// inTime is the share of waits within the promise; of none it is one: no promise was broken.
func inTime(waits []float64, d world.Day) float64 {
	if len(waits) == 0 {
		return 1
	}
	n := 0
	for _, w := range waits {
		if w <= d.Spec.PromiseInSecs+1e-6 {
			n++
		}
	}
	return float64(n) / float64(len(waits))
}

// quantile by the nearest rank.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[max(0, rank-1)]
}

// table prints the mean of each policy over the seeds, and its share of hindsight's, of the bound and of greedy's.
func table(out io.Writer, all []result) {
	var names []string
	means := map[string]result{}
	for _, r := range all {
		if !slices.Contains(names, r.Policy) {
			names = append(names, r.Policy)
			means[r.Policy] = mean(all, r.Policy)
		}
	}
	if best, known := hindsight(all); known {
		means["best"] = best
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%.0f/h\ton time\tP1\tp50 s\tp99 s\tmax s\tkm\tdecision p99 ms\tbumped\t÷ best hindsight\t÷ bound\t÷ greedy\n", all[0].Rate)
	for _, name := range names {
		m := means[name]
		fmt.Fprintf(w, "%s\t%.4f\t%.4f\t%.0f\t%.0f\t%.0f\t%.0f\t%.2f\t%d", name, m.OnTimeShare, m.EmergencyShare, m.WaitP50S,
			m.WaitP99S, m.WaitMaxS, m.TravelKM, m.DecisionP99MS, m.Bumped)
		for _, other := range []string{"best", "bound", "greedy"} {
			if o, known := means[other]; known {
				fmt.Fprintf(w, "\t%.3f", m.OnTimeShare/o.OnTimeShare)
			} else {
				fmt.Fprint(w, "\t–")
			}
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
}

// hindsight is the mean over the seeds of the best hindsight that anybody found for the day.
func hindsight(all []result) (m result, known bool) {
	best := map[uint64]result{}
	for _, r := range all {
		if strings.HasPrefix(r.Policy, "hindsight") && r.OnTimeShare >= best[r.Seed].OnTimeShare {
			r.Policy = "best"
			best[r.Seed] = r
		}
	}
	return mean(slices.Collect(maps.Values(best)), "best"), len(best) > 0
}

// mean over the seeds; of what took longest and of bumped visits the worst day.
func mean(all []result, name string) (m result) {
	n := 0.
	for _, r := range all {
		if r.Policy != name {
			continue
		}
		n++
		m.OnTimeShare += r.OnTimeShare
		m.EmergencyShare += r.EmergencyShare
		m.WaitP50S += r.WaitP50S
		m.WaitP99S += r.WaitP99S
		m.TravelKM += r.TravelKM
		m.DrainedS, m.FluidS = m.DrainedS+r.DrainedS, m.FluidS+r.FluidS
		m.WaitMaxS = max(m.WaitMaxS, r.WaitMaxS)
		m.DecisionP99MS = max(m.DecisionP99MS, r.DecisionP99MS)
		m.Bumped = max(m.Bumped, r.Bumped)
	}
	m.OnTimeShare, m.EmergencyShare = m.OnTimeShare/n, m.EmergencyShare/n
	m.WaitP50S, m.WaitP99S, m.TravelKM = m.WaitP50S/n, m.WaitP99S/n, m.TravelKM/n
	return m
}
