package replay

import (
	"math"
	"math/rand/v2"
	"time"
)

// Habits are how the simulated people behave. Shares are of one; times are domain time.
type Habits struct {
	Decline float64 // offers that a technician turns down
	Absent  float64 // visits at which nobody is at home
	Return  float64 // finished jobs that the resident says are not fixed
	Silent  float64 // finished jobs that are not rated
	Follow  float64 // advices where to wait that a technician with nothing to do follows

	Reaction time.Duration // median until an offer is answered
	Prepare  time.Duration // median until the technician sets out
	Wait     time.Duration // median of a pause
	Judge    time.Duration // median until the resident decides
	// Pace is how fast a technician travels, in metres a second: an electric bicycle with its stops.
	Pace float64
}

// DefaultHabits are guesses of ours, not measured on anybody: change them to see what a promise is worth.
var DefaultHabits = Habits{
	Decline: .04, Absent: .04, Return: .04, Silent: .25, Follow: .8,
	Reaction: 35 * time.Second, Prepare: time.Minute, Wait: 12 * time.Minute, Judge: 12 * time.Minute, Pace: 4,
}

// chance draws for one person; it is seeded, and not safe for concurrent use.
type chance struct{ *rand.Rand }

func newChance(seed uint64, person string) chance {
	return chance{rand.New(rand.NewPCG(seed, hash("chance", person)))}
}

// of says yes with a probability.
func (c chance) of(share float64) bool { return c.Float64() < share }

// around draws a duration with a median, lognormal as human durations are; spread is the sigma of the logarithm. No draw
// is further than a factor of five from the median.
func (c chance) around(median time.Duration, spread float64) time.Duration {
	factor := math.Exp(spread * c.NormFloat64())
	return time.Duration(float64(median) * min(max(factor, .2), 5))
}

// stars draws a rating; whoever was kept waiting is less pleased.
func (c chance) stars(late bool) int32 {
	shares := [5]float64{.01, .03, .08, .26, .62}
	if late {
		shares = [5]float64{.08, .12, .25, .30, .25}
	}
	draw := c.Float64()
	for i, s := range shares {
		if draw -= s; draw < 0 {
			return int32(i + 1)
		}
	}
	return 5
}
