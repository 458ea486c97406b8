package clock

import (
	"slices"
	"sync"
	"time"
)

// Fake is a clock that stands still until a test moves it.
type Fake struct {
	mu      sync.Mutex
	changed *sync.Cond // the number of waiters
	now     time.Time
	waiters []*waiter
}

type waiter struct {
	due   time.Time
	fired chan time.Time
}

var _ Clock = (*Fake)(nil)

// NewFake starts at t.
func NewFake(t time.Time) *Fake {
	f := &Fake{now: instant(t)}
	f.changed = sync.NewCond(&f.mu)
	return f
}

// Now is where the test has moved the clock.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Speed is 1.
func (f *Fake) Speed() float64 { return 1 }

// NewTimer waits for Advance or Set to reach its instant.
func (f *Fake) NewTimer(d time.Duration) *Timer {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := &waiter{due: instant(f.now.Add(d)), fired: make(chan time.Time, 1)}
	f.waiters = append(f.waiters, w)
	f.fire()
	f.changed.Broadcast()
	return &Timer{C: w.fired, stop: func() bool { return f.drop(w) }}
}

// After is NewTimer without Stop.
func (f *Fake) After(d time.Duration) <-chan time.Time { return f.NewTimer(d).C }

// Advance moves the clock by d (whole microseconds, like every instant) and fires what is due, in order of time. It does not wait for those who are woken: a loop
// that then waits anew is awaited with BlockUntil.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.set(f.now.Add(d))
}

// Set moves the clock to t; an instant before Now is ignored, as time never goes back.
func (f *Fake) Set(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.set(t)
}

// BlockUntil returns when at least n timers wait: then everyone the test is about is asleep and the clock may move.
func (f *Fake) BlockUntil(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.waiters) < n {
		f.changed.Wait()
	}
}

func (f *Fake) set(t time.Time) {
	if t = instant(t); t.After(f.now) {
		f.now = t
	}
	f.fire()
}

func (f *Fake) fire() {
	slices.SortStableFunc(f.waiters, func(a, b *waiter) int { return a.due.Compare(b.due) })
	for len(f.waiters) > 0 && !f.waiters[0].due.After(f.now) {
		f.waiters[0].fired <- f.now
		f.waiters = f.waiters[1:]
	}
}

// drop reports whether the waiter was still waiting.
func (f *Fake) drop(w *waiter) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.Index(f.waiters, w)
	if i < 0 {
		return false
	}
	f.waiters = slices.Delete(f.waiters, i, i+1)
	return true
}
