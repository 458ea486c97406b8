package plan

import "time"

// Forecast is what is expected to come in. It is part of the View, so that a decision that looks ahead can be replayed.
type Forecast struct {
	// Hours are the arrivals per hour that are expected, by skill, one map for each coming hour, this one first.
	Hours []map[string]float64
	// Begin is when the first of Hours begins.
	Begin time.Time
	// Works are quantiles of what jobs take, evenly spread: ten values are the middles of ten equal shares.
	Works []time.Duration
}

// Move advises an idle technician to wait elsewhere, where work is expected.
type Move struct {
	Staff string
	To    Place
}
