package bench

import (
	"context"
	"slices"
	"sync"
	"time"
)

// openLoop calls do at a constant rate for a while, whatever the answers do, and returns when all calls have. Each call gets
// the instant at which it should have begun: a late start is the system's fault too, for it shares the machine.
func openLoop(ctx context.Context, rate int, d time.Duration, do func(ctx context.Context, n int, due time.Time)) {
	var flying sync.WaitGroup
	began := time.Now()
	for n := range int(d.Seconds() * float64(rate)) {
		due := began.Add(time.Duration(n) * time.Second / time.Duration(rate))
		if !until(ctx, due) {
			break
		}
		flying.Go(func() { do(ctx, n, due) })
	}
	flying.Wait()
}

// sample is a set of durations. Safe for concurrent use.
type sample struct {
	mu  sync.Mutex
	all []time.Duration
}

func (s *sample) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, d)
}

func (s *sample) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// at is a quantile in milliseconds.
func (s *sample) at(q float64) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return 0
	}
	slices.Sort(s.all)
	return float64(s.all[int(q*float64(len(s.all)-1))].Microseconds()) / 1000
}
