package main

import (
	"math"
	"slices"
	"time"

	"github.com/linlihub/linli/tools/sim/world"
)

// result is one line of the JSON: what one policy made of one day.
type result struct {
	Policy         string  `json:"policy"`
	Rate           float64 `json:"rate"`
	Seed           uint64  `json:"seed"`
	Tickets        int     `json:"tickets"`
	OnTimeShare    float64 `json:"on_time_share"`
	EmergencyShare float64 `json:"emergency_share"`
	WaitP50S       float64 `json:"wait_p50_s"`
	WaitP99S       float64 `json:"wait_p99_s"` // of ordinary tickets
	TravelKM       float64 `json:"travel_km"`
	DecisionP99MS  float64 `json:"decision_p99_ms"`
	Noise          float64 `json:"noise,omitempty"`
	WaitMaxS       float64 `json:"wait_max_s"`
	Bumped         int     `json:"bumped"`
}

func measure(name string, d world.Day, s world.Served) result {
	r := result{Policy: name, Rate: d.Spec.Rate, Seed: d.Spec.Seed, Tickets: len(d.Tickets), TravelKM: s.TravelKM, Noise: d.Spec.Noise, Bumped: s.Bumped}
	var waits, ordinary []float64
	inTime, urgent, urgentInTime := 0, 0, 0
	for i, t := range d.Tickets {
		wait := s.Arrived[i] - t.Opened
		waits = append(waits, wait)
		ok := wait <= d.Spec.PromiseInSecs+1e-6
		if ok {
			inTime++
		}
		if t.Priority != 1 {
			ordinary = append(ordinary, wait)
			continue
		}
		urgent++
		if ok {
			urgentInTime++
		}
	}
	r.OnTimeShare = share(inTime, len(d.Tickets))
	r.EmergencyShare = share(urgentInTime, urgent)
	r.WaitP50S, r.WaitP99S, r.WaitMaxS = quantile(waits, .5), quantile(ordinary, .99), quantile(waits, 1)
	took := make([]float64, 0, len(s.Decided))
	for _, t := range s.Decided {
		took = append(took, float64(t)/float64(time.Millisecond))
	}
	r.DecisionP99MS = quantile(took, .99)
	return r
}

// share of nothing is one: no promise was broken.
func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
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
