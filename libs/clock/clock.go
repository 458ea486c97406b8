// Package clock is the platform's one sense of time. Everything of the domain (offers, response clocks, arrival times,
// working hours) asks a Clock; network timeouts do not, they use the time package. A demonstration turns one knob, the
// clock's speed, and a day passes in two minutes.
package clock

import (
	"context"
	"time"
)

// Clock tells domain time. Every duration it takes is domain time, too. It is safe for concurrent use.
type Clock interface {
	// Now is the present instant, in UTC and whole microseconds: what every store keeps, so that an instant comes back
	// from a store equal to what went in.
	Now() time.Time
	// NewTimer returns a timer that sends Now once, when d has passed; at once when d is not positive.
	NewTimer(d time.Duration) *Timer
	// After is NewTimer for those who never stop it.
	After(d time.Duration) <-chan time.Time
	// Speed is how many domain seconds pass in one second on the wall.
	Speed() float64
}

// Timer fires once. Unlike a time.Timer it cannot be reset: make a new one.
type Timer struct {
	C <-chan time.Time

	stop func() bool
}

// Stop keeps the timer from firing; false means that it has fired or was stopped before.
func (t *Timer) Stop() bool { return t.stop() }

// Real is the system's clock. It follows the system's corrections, even backwards.
func Real() Clock { return realClock{} }

type realClock struct{}

func (realClock) Now() time.Time { return instant(time.Now()) }

func (c realClock) NewTimer(d time.Duration) *Timer { return newTimer(c, d) }

func (c realClock) After(d time.Duration) <-chan time.Time { return c.NewTimer(d).C }

func (realClock) Speed() float64 { return 1 }

// Wait sleeps until an instant of the domain, or until ctx ends, whose error it returns. An instant that has come
// already does not wait.
func Wait(ctx context.Context, c Clock, until time.Time) error {
	for {
		left := until.Sub(c.Now())
		if left <= 0 {
			return ctx.Err()
		}
		timer := c.NewTimer(left)
		select {
		case <-timer.C: // look again: the system's clock may have been set back
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// newTimer runs a timer on the wall whose message is in domain time.
func newTimer(c Clock, wall time.Duration) *Timer {
	fired := make(chan time.Time, 1)
	timer := time.AfterFunc(wall, func() { fired <- c.Now() })
	return &Timer{C: fired, stop: timer.Stop}
}

func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
