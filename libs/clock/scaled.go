package clock

import (
	"fmt"
	"math"
	"time"
)

// Scaled is a clock that showed domainStart when the wall showed wallStart and has since run speed times as fast. With a
// wallStart from time.Now it is monotonic: corrections of the system's clock do not touch it. Speed must be a positive
// number; anything else panics.
func Scaled(domainStart, wallStart time.Time, speed float64) Clock {
	if !(speed > 0) || math.IsInf(speed, 1) {
		panic(fmt.Sprintf("clock: speed %v", speed))
	}
	return scaled{domainStart, wallStart, speed}
}

// Since is the clock that showed start when the system's clock showed since, for processes that share nothing but these two:
// all that are started with them agree, as far as their systems' clocks do. Before since it stands at start.
func Since(start, since time.Time, speed float64) Clock {
	wall := time.Now()
	return Scaled(instant(start.Add(stretch(max(0, wall.Sub(since)), speed))), wall, speed)
}

type scaled struct {
	domainStart, wallStart time.Time
	speed                  float64
}

func (c scaled) Now() time.Time {
	return instant(c.domainStart.Add(stretch(time.Since(c.wallStart), c.speed)))
}

// NewTimer rounds up, so that the due instant has come when the timer fires.
func (c scaled) NewTimer(d time.Duration) *Timer { return newTimer(c, stretch(d, 1/c.speed)+1) }

func (c scaled) After(d time.Duration) <-chan time.Time { return c.NewTimer(d).C }

func (c scaled) Speed() float64 { return c.speed }

// stretch multiplies a duration; it never decreases when d grows, and stops at the longest duration (292 years).
func stretch(d time.Duration, factor float64) time.Duration {
	product := float64(d) * factor
	switch {
	case product >= math.MaxInt64-1:
		return math.MaxInt64 - 1
	case product <= math.MinInt64:
		return math.MinInt64
	}
	return time.Duration(product)
}
