package clock_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/clock"
)

func TestFakeFiresWhatIsDueInOrder(t *testing.T) {
	c := clock.NewFake(day)
	late, early, never := c.NewTimer(2*time.Hour), c.NewTimer(time.Hour), c.NewTimer(3*time.Hour)
	c.Advance(59 * time.Minute)
	select {
	case <-early.C:
		t.Fatal("fired too early")
	default:
	}
	c.Advance(61 * time.Minute)
	for _, timer := range []*clock.Timer{early, late} {
		if at := <-timer.C; !at.Equal(day.Add(2 * time.Hour)) {
			t.Errorf("fired at %v", at)
		}
	}
	if late.Stop() || !never.Stop() || never.Stop() {
		t.Error("Stop does not know who still waits")
	}
	if at := <-c.After(0); !at.Equal(c.Now()) || c.Speed() != 1 {
		t.Error("a timer of no time waits")
	}
}

func TestFakeNeverGoesBack(t *testing.T) {
	c := clock.NewFake(day)
	c.Set(day.Add(time.Hour))
	c.Set(day)
	c.Advance(-time.Hour)
	if !c.Now().Equal(day.Add(time.Hour)) {
		t.Errorf("went back to %v", c.Now())
	}
}

// TestBlockUntilMakesALoopDeterministic is how a service's loop is tested: wait until it sleeps, move, look.
func TestBlockUntilMakesALoopDeterministic(t *testing.T) {
	c := clock.NewFake(day)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rounds := make(chan time.Time)
	var loops sync.WaitGroup
	for range 3 {
		loops.Go(func() {
			for clock.Wait(ctx, c, c.Now().Add(time.Minute)) == nil {
				rounds <- c.Now()
			}
		})
	}
	for round := 1; round <= 5; round++ {
		c.BlockUntil(3)
		c.Advance(time.Minute)
		for range 3 {
			if at := <-rounds; !at.Equal(day.Add(time.Duration(round) * time.Minute)) {
				t.Errorf("round %d at %v", round, at)
			}
		}
	}
	cancel()
	loops.Wait()
}
