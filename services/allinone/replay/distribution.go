package replay

import (
	"math"
	"slices"
)

// Distribution is what a set of measured times looks like. N says of how many; all else is 0 when there is none.
type Distribution struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Measure sums up values by the nearest rank: every figure is a value that was measured, none is made up between two.
func Measure(values []float64) Distribution {
	if len(values) == 0 {
		return Distribution{}
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := func(p float64) float64 {
		return sorted[max(int(math.Ceil(p*float64(len(sorted))))-1, 0)]
	}
	return Distribution{N: len(sorted), P50: rank(.5), P90: rank(.9), P99: rank(.99), Max: sorted[len(sorted)-1]}
}

// share is a part of a whole, in thousandths so that reports read alike; 0 of nothing.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(1000*float64(part)/float64(whole)) / 1000
}
