package plan

import (
	"maps"
	"slices"
	"time"
)

// Forecast is what is expected to come in. It is part of the View, so that a decision that looks ahead can be replayed.
type Forecast struct {
	// Hours are the arrivals per hour that are expected, by skill, one map for each coming hour, this one first.
	Hours []map[string]float64
	// Begin is when the first of Hours begins.
	Begin time.Time
	// Works are quantiles of what jobs take, evenly spread: ten values are the middles of ten equal shares.
	Works []time.Duration
	// Usual is what the jobs of a skill take in the mean, where that is known better than by Works.
	Usual map[string]time.Duration
	// Places are where tickets come from, each as likely as the other.
	Places []Place
}

// Move advises an idle technician to wait elsewhere, where work is expected.
type Move struct {
	Staff string
	To    Place
}

// each shows what is expected within a time from now, in seconds, by skill and hour, always in the same order.
func (f *Forecast) each(now time.Time, horizon float64, show func(skill string, n float64)) {
	from := now.Sub(f.Begin).Seconds()
	to := from + horizon
	for h, bySkill := range f.Hours {
		lo, hi := max(from, float64(h)*3600), min(to, float64(h+1)*3600)
		if hi <= lo {
			continue
		}
		for _, skill := range slices.Sorted(maps.Keys(bySkill)) {
			show(skill, bySkill[skill]*(hi-lo)/3600)
		}
	}
}

// work is what a job of a skill takes in the mean, in seconds.
func (f *Forecast) work(skill string) float64 {
	if usual, known := f.Usual[skill]; known {
		return usual.Seconds()
	}
	sum := 0.
	for _, w := range f.Works {
		sum += w.Seconds()
	}
	return sum / float64(max(1, len(f.Works)))
}
