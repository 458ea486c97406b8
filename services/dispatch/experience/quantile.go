package experience

import "math"

// Quantiles follows the middle and the upper tenth of a stream of numbers without keeping them (Robbins and Monro 1951): each
// number moves a quantile a little up or down, so that in the long run the right share lies below it, whatever the
// distribution, and also when it changes.
type Quantiles struct {
	N      float64 `json:"n"`
	P50    float64 `json:"p50"`
	P90    float64 `json:"p90"`
	Spread float64 `json:"spread"` // mean distance from the middle: the measure of a step
}

const (
	// prior is how many numbers what was believed before weighs as much as.
	prior = 12
	// memory is how many numbers are remembered in the long run.
	memory = 150
)

// believe begins with what is known of others.
func believe(p50, p90 float64) Quantiles {
	return Quantiles{P50: p50, P90: p90, Spread: max(.05, (p90-p50)/1.6)}
}

// Add takes one number.
func (q *Quantiles) Add(x float64) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return
	}
	q.N++
	n := min(q.N, memory) + prior
	// The best step is 1 / (n × density); of a normal distribution the densities are .32 and .14 per mean distance.
	q.P50 += 3.1 * q.Spread / n * (.5 - below(x, q.P50))
	q.P90 += 7.1 * q.Spread / n * (.9 - below(x, q.P90))
	q.P90 = max(q.P90, q.P50+.01)
	q.Spread = max(.01, q.Spread+(min(math.Abs(x-q.P50), 5*q.Spread)-q.Spread)/n)
}

func below(x, q float64) float64 {
	if x <= q {
		return 1
	}
	return 0
}

// weight is how much of what is particular is believed: all of it after many numbers, half after some.
func (q *Quantiles) weight() float64 { return q.N / (q.N + 2*prior) }
