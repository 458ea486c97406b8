package plan

import (
	"math"
	"testing"
	"time"
)

func TestArrivals_FollowTheQueue(t *testing.T) {
	w := worker("liu", holds("now", OnSite), holds("next", Accepted), holds("last", Offered, in(at(5))))
	got := Policy{}.Arrivals(&w, now)
	if len(got) != 2 || got[0].Visit != "visit-next" || got[1].Visit != "visit-last" {
		t.Fatalf("arrivals %+v", got)
	}
	// The one on site takes the standard 35 min, the way to the same door 90 s.
	if want := now.Add(35*minute + 90*time.Second); !got[0].Window.From.Equal(want) {
		t.Errorf("next at %v, want %v", got[0].Window.From, want)
	}
	if !got[1].Window.From.After(got[0].Window.From.Add(35 * minute)) {
		t.Errorf("last at %v, next at %v", got[1].Window.From, got[0].Window.From)
	}
	width := func(w Window) time.Duration { return w.To.Sub(w.From) }
	if width(got[1].Window) <= width(got[0].Window) {
		t.Errorf("the later window is not wider: %v, %v", width(got[0].Window), width(got[1].Window))
	}
}

func TestArrivals_OneUnderWayComesNearerAsTimePasses(t *testing.T) {
	w := worker("liu", func(w *Technician) { w.At, w.Seen = at(6), now })
	w.Queue = []Visit{{ID: "v", Job: job("leak"), State: UnderWay, Departed: now}}
	first := Policy{}.Arrivals(&w, now)[0].Window.From
	later := Policy{}.Arrivals(&w, now.Add(10*minute))[0].Window.From
	if !later.Equal(first) {
		t.Errorf("expected at %v, ten minutes later at %v: the way behind is forgotten", first, later)
	}
	overdue := Policy{}.Arrivals(&w, now.Add(3*time.Hour))[0].Window.From
	if want := now.Add(3*time.Hour + Default().Soon); !overdue.Equal(want) {
		t.Errorf("long overdue: %v, want %v", overdue, want)
	}
}

func TestArrivals_OneThatTakesTooLongIsNotOverYet(t *testing.T) {
	w := worker("liu", holds("now", OnSite), holds("next", Accepted))
	// Lognormal with P90 at 1.9 times the 35 minutes; by hand: of what is not done after 70 minutes half is after 83, nine in ten after 116.
	for took, want := range map[time.Duration]Window{
		34 * minute:     {now.Add(10 * minute), now.Add(19 * minute)},
		70 * minute:     {now.Add(13 * minute), now.Add(46 * minute)},
		5 * time.Hour:   {now.Add(23 * minute), now.Add(83 * minute)},
		900 * time.Hour: {now.Add(10 * minute), now.Add(19 * minute)}, // no work at all
	} {
		w.Queue[0].Arrived = now.Add(-took)
		got := (Policy{}).Arrivals(&w, now)[0].Window
		if got.From.Sub(want.From.Add(90*time.Second)).Abs() > minute || got.To.Sub(want.To.Add(90*time.Second)).Abs() > minute {
			t.Errorf("%v: next from %v to %v", took, got.From.Sub(now), got.To.Sub(now))
		}
	}
}

func TestArrivals_WhoWorksElsewhereComesLater(t *testing.T) {
	w := worker("liu", holds("next", Accepted), func(w *Technician) { w.Away = now.Add(time.Hour) })
	if got := (Policy{}).Arrivals(&w, now)[0].Window.From; got.Before(now.Add(time.Hour)) {
		t.Errorf("next at %v", got)
	}
}

// Who should be back from another district is not back before the board hears so.
func TestArrivals_WhoIsLateElsewhereIsNotFree(t *testing.T) {
	w := worker("liu", holds("next", Accepted), func(w *Technician) { w.Away = now.Add(-time.Hour) })
	if got := (Policy{}).Arrivals(&w, now)[0].Window.From; got.Before(now.Add(Default().Overrun)) {
		t.Errorf("next at %v", got)
	}
}

func TestWindow_MovedAtEitherEnd(t *testing.T) {
	w := Window{now, now.Add(10 * minute)}
	for _, c := range []struct {
		from, to time.Duration
		want     bool
	}{{0, 0, false}, {119 * time.Second, 0, false}, {2 * minute, 0, true}, {0, -2 * minute, true}} {
		moved := Window{w.From.Add(c.from), w.To.Add(c.to)}
		if got := moved.Moved(w, 2*minute); got != c.want {
			t.Errorf("%v, %v: moved %v", c.from, c.to, got)
		}
	}
}

func TestEBike(t *testing.T) {
	home, work := at(0), at(5)
	home.Community, work.Community = "spring", "spring"
	for _, c := range []struct {
		name     string
		from, to Place
		want     time.Duration
	}{
		{"the same door", at(0), at(0), 90 * time.Second},
		{"5 km between communities, 25 km/h, detour 1.3", at(0), at(5), 90*time.Second + 936*time.Second},
		{"5 km within one, 15 km/h", home, work, 90*time.Second + 1560*time.Second},
		{"from nowhere", Place{}, at(0), 15 * minute},
		{"to what is no number", at(0), Place{Lat: math.NaN(), Lon: 120}, 15 * minute},
		{"beyond the pole", at(0), Place{Lat: 91, Lon: 120}, 15 * minute},
	} {
		if got := (EBike{}).Between(c.from, c.to); (got - c.want).Abs() > 5*time.Second {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
