package clock_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/linlihub/linli/libs/clock"
)

var day = time.Date(2025, 3, 24, 0, 0, 0, 0, time.FixedZone("CST", 8*3600))

func TestScaledRunsBySpeed(t *testing.T) {
	for _, speed := range []float64{0.5, 1, 7, 720, 5000} {
		synctest.Test(t, func(t *testing.T) {
			c := clock.Scaled(day, time.Now(), speed)
			if !c.Now().Equal(day) || c.Now().Location() != time.UTC || c.Speed() != speed {
				t.Errorf("×%v starts at %v", speed, c.Now())
			}
			time.Sleep(2 * time.Minute)
			if want := day.Add(time.Duration(float64(2*time.Minute) * speed)); !c.Now().Equal(want) {
				t.Errorf("×%v: after two minutes %v, want %v", speed, c.Now(), want)
			}
		})
	}
}

func TestTheDayTakesTwoMinutesAt720(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := clock.Scaled(day, began, 720)
		at := <-c.After(24 * time.Hour)
		if took := time.Since(began).Round(time.Millisecond); took != 2*time.Minute {
			t.Errorf("took %v", took)
		}
		if at.Before(day.Add(24*time.Hour)) || at.After(day.Add(24*time.Hour+time.Millisecond)) {
			t.Errorf("the timer says %v", at)
		}
	})
}

func TestTimersOfEveryClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]clock.Clock{
			"real": clock.Real(), "scaled": clock.Scaled(day, time.Now(), 60), "fast": clock.Scaled(day, time.Now(), 4999.7),
		} {
			for _, d := range []time.Duration{-time.Hour, 0, 1, 1500, time.Second, 25 * time.Hour} {
				due := c.Now().Add(d).Truncate(time.Microsecond)
				if at := <-c.NewTimer(d).C; at.Before(due) || c.Now().Before(due) {
					t.Errorf("%s: %v fires at %v, before %v", name, d, at, due)
				}
			}
			timer := c.NewTimer(time.Hour)
			if !timer.Stop() || timer.Stop() {
				t.Errorf("%s: Stop does not tell the first from the second", name)
			}
			select {
			case <-timer.C:
				t.Errorf("%s: a stopped timer fired", name)
			case <-c.After(2 * time.Hour):
			}
		}
	})
}

func TestNowIsWhatAStoreKeeps(t *testing.T) {
	for name, c := range map[string]clock.Clock{
		"real": clock.Real(), "scaled": clock.Scaled(day.Add(1), time.Now(), math.Pi), "fake": clock.NewFake(day.Add(1)),
	} {
		if now := c.Now(); now != time.UnixMicro(now.UnixMicro()).UTC() {
			t.Errorf("%s: %v does not survive a store", name, now)
		}
	}
}

func TestAFastClockStopsAtTheEndOfTimeInsteadOfGoingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.Scaled(day, time.Now(), 5000)
		before := c.Now()
		for range 10 {
			time.Sleep(30 * 24 * time.Hour)
			if c.Now().Before(before) {
				t.Fatalf("%v after %v", c.Now(), before)
			}
			before = c.Now()
		}
	})
}

func TestScaledRefusesAbsurdSpeeds(t *testing.T) {
	for _, speed := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("×%v accepted", speed)
				}
			}()
			clock.Scaled(day, time.Now(), speed)
		}()
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.Scaled(day, time.Now(), 60)
		if err := clock.Wait(t.Context(), c, day.Add(time.Hour)); err != nil || c.Now().Before(day.Add(time.Hour)) {
			t.Errorf("woke at %v: %v", c.Now(), err)
		}
		if err := clock.Wait(t.Context(), c, day); err != nil {
			t.Errorf("the past: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := clock.Wait(ctx, c, day.Add(1000*time.Hour)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after its context: %v", err)
		}
	})
}
