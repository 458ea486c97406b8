package clock

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2025, 3, 24, 0, 0, 0, 0, time.UTC)

func open(t *testing.T, file string, start time.Time, speed float64) Clock {
	t.Helper()
	c, err := Open(file, start, speed)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWithoutAStartItIsTheRealClock(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clock.json")
	if c := open(t, file, time.Time{}, 0); c != Real() {
		t.Errorf("%T", c)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the real clock left a file")
	}
}

func TestARestartContinues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "clock.json")
		if c := open(t, file, start, 720); !c.Now().Equal(start) {
			t.Errorf("first start at %v", c.Now())
		}
		time.Sleep(time.Minute)
		for name, again := range map[string]Clock{
			"same flags": open(t, file, start, 720), "no flags": open(t, file, time.Time{}, 0), "earlier": open(t, file, start.Add(-time.Hour), 720),
		} {
			if !again.Now().Equal(start.Add(12*time.Hour)) || again.Speed() != 720 {
				t.Errorf("%s: %v ×%v", name, again.Now(), again.Speed())
			}
		}
		slower := open(t, file, start, 60)
		if !slower.Now().Equal(start.Add(12 * time.Hour)) {
			t.Errorf("another speed moved the clock to %v", slower.Now())
		}
		time.Sleep(time.Minute)
		if !slower.Now().Equal(start.Add(13 * time.Hour)) {
			t.Errorf("at the new speed %v", slower.Now())
		}
		if c := open(t, file, start.Add(100*time.Hour), 0); !c.Now().Equal(start.Add(100*time.Hour)) || c.Speed() != 60 {
			t.Errorf("a later start: %v ×%v", c.Now(), c.Speed())
		}
	})
}

func TestOnlyASpeedBeginsNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, filepath.Join(t.TempDir(), "clock.json"), time.Time{}, 60)
		if !c.Now().Equal(time.Now().Truncate(time.Microsecond)) || c.Speed() != 60 {
			t.Errorf("%v ×%v", c.Now(), c.Speed())
		}
	})
}

// run is one life of the process: its flags, and how long it lives between two looks at the clock.
type run struct {
	start time.Time
	speed float64
	pause time.Duration
}

// TestNowNeverDecreasesAcrossRestarts opens the same file again and again with whatever flags and pauses.
func TestNowNeverDecreasesAcrossRestarts(t *testing.T) {
	runs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) run {
		return run{
			start: start.Add(time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "start"))),
			speed: rapid.Float64Range(1, MaxSpeed).Draw(t, "speed"),
			pause: time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "pause")),
		}
	}), 1, 6)
	rapid.Check(t, func(rt *rapid.T) {
		plan := runs.Draw(rt, "runs")
		file := filepath.Join(t.TempDir(), "clock.json")
		var seen []time.Time
		synctest.Test(t, func(t *testing.T) { seen = live(t, file, plan) })
		if !slices.IsSortedFunc(seen, time.Time.Compare) {
			rt.Fatalf("went back: %v", seen)
		}
	})
}

func live(t *testing.T, file string, plan []run) []time.Time {
	var seen []time.Time
	for _, r := range plan {
		c := open(t, file, r.start, r.speed)
		for range 3 {
			seen = append(seen, c.Now())
			time.Sleep(r.pause)
		}
	}
	return seen
}

func TestAWallSetBackDoesNotLeadBehindTheLastStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := Base{start, start, rapid.Float64Range(1, MaxSpeed).Draw(t, "speed")}
		for range 5 {
			wall := start.Add(time.Duration(rapid.Int64Range(-1e17, 1e17).Draw(t, "wall")))
			next := base.resume(start, wall, 0)
			if next.DomainStart.Before(base.DomainStart) {
				t.Fatalf("%v after %v", next, base)
			}
			base = next
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	for _, speed := range []float64{-1, 0.5, MaxSpeed + 1, math.NaN(), math.Inf(1)} {
		if _, err := Open(filepath.Join(folder, "x"), start, speed); err == nil {
			t.Errorf("speed %v accepted", speed)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "torn": `{"domain_start": "2025-0`, "half": `{"domain_start":"2025-03-24T00:00:00Z"}`,
		"two": `{"domain_start":"2025-03-24T00:00:00Z","wall_start":"2026-01-01T00:00:00Z","speed":1} {}`,
		"new": `{"domain_start":"2025-03-24T00:00:00Z","wall_start":"2026-01-01T00:00:00Z","speed":1,"zone":"x"}`,
	} {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(file, start, 1); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
		if kept, err := os.ReadFile(file); err != nil || string(kept) != text {
			t.Errorf("%s: the unreadable file was overwritten", name)
		}
	}
	if _, err := Open(filepath.Join(folder, "missing", "clock.json"), start, 1); err == nil {
		t.Error("a missing folder accepted")
	}
}

func TestWritingLeavesNoDraft(t *testing.T) {
	folder := t.TempDir()
	for range 3 {
		open(t, filepath.Join(folder, "clock.json"), start, 720)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v %v", entries, err)
	}
}

// FuzzDecodeBase: whatever is accepted can be resumed and written again, unchanged.
func FuzzDecodeBase(f *testing.F) {
	f.Add([]byte(`{"domain_start":"2025-03-24T00:00:00+08:00","wall_start":"2026-01-01T00:00:00Z","speed":720}`))
	f.Add([]byte(`{"domain_start":"2025-03-24T00:00:00Z","wall_start":"0001-01-01T00:00:01Z","speed":1e999}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		base, err := decodeBase(text)
		if err != nil {
			return
		}
		next := base.resume(time.Time{}, base.WallStart, 0)
		written, err := json.Marshal(next)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := decodeBase(written); err != nil || !again.DomainStart.Equal(next.DomainStart) {
			t.Errorf("%s: %v", written, err)
		}
	})
}

// The services of a split demo open the clock of one folder, each when it starts.
func TestProcessesThatStartTogetherAgree(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clock.json")
	clocks := make(chan Clock, 20)
	for range cap(clocks) {
		go func() {
			c, err := Open(file, start, 720)
			if err != nil {
				t.Error(err)
			}
			clocks <- c
		}()
	}
	first := <-clocks
	for range cap(clocks) - 1 {
		before, between, after := first.Now(), (<-clocks).Now(), first.Now()
		// Instants of the file are whole microseconds, which are 720 of the domain.
		if slack := 20 * time.Millisecond; between.Before(before.Add(-slack)) || between.After(after.Add(slack)) {
			t.Errorf("%v is not between %v and %v", between, before, after)
		}
	}
}
