package experience

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// monday is a midnight in China.
var monday = time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC)

// rate is what really comes in an hour: a peak in the morning of workdays.
func rate(at time.Time) float64 {
	day, h := slot(at)
	if day == 0 && h >= 8 && h < 11 {
		return 12
	}
	return 2
}

func leak(at time.Time) Arrival {
	return Arrival{Category: "plumbing", Skill: "plumbing", Priority: 3, At: at, Promised: 30 * time.Minute, Standard: 40 * time.Minute, Lat: 30.2, Lon: 120.1}
}

// live lets days pass, and saves and opens the experience after each if restart is set.
func live(t *testing.T, days int, restart bool) *Experience {
	t.Helper()
	r, e := rand.New(rand.NewPCG(1, 2)), New()
	parts := map[string][]byte{}
	for h := range days * 24 {
		hour := monday.Add(time.Duration(h) * time.Hour)
		n := int(rate(hour)) + r.IntN(3) - 1
		for i := range n {
			e.Arrived(leak(hour.Add(time.Duration(i) * time.Minute)))
		}
		e.Worked("plumbing", "liu", 40*time.Minute, time.Duration(20+r.IntN(60))*time.Minute)
		e.Rode(10*time.Minute, time.Duration(5+r.IntN(20))*time.Minute, hour)
		for name, data := range e.Dirty() {
			parts[name] = data
		}
		e.Settle()
		if restart {
			opened, err := Open(parts)
			if err != nil {
				t.Fatal(err)
			}
			e = opened
		}
	}
	return e
}

func TestForecast_KnowsTheHoursOfTheDay(t *testing.T) {
	e := live(t, 28, false)
	next := monday.Add(28 * 24 * time.Hour)
	for hour, want := range map[int]float64{3: 2, 8: 12, 10: 12, 15: 2, 5*24 + 9: 2} {
		begin := next.Add(time.Duration(hour) * time.Hour)
		if got := e.Day(begin, 1, next)[0]["plumbing"]; math.Abs(got-want) > .15*want+.3 {
			t.Errorf("hour %d: %v are expected, %v come", hour, got, want)
		}
	}
	f := e.Forecast(next.Add(7*time.Hour + 59*time.Minute))
	if !f.Begin.Equal(next.Add(7*time.Hour)) || f.Hours[0]["plumbing"] > 4 || f.Hours[2]["plumbing"] < 9 {
		t.Errorf("before the peak: %+v", f)
	}
}

func TestForecast_WithoutHistory(t *testing.T) {
	e := New()
	f := e.Forecast(monday)
	if len(f.Works) == 0 || len(f.Hours) == 0 || len(f.Hours[0]) != 0 {
		t.Fatalf("nothing was seen: %+v", f)
	}
	e.Arrived(leak(monday.Add(time.Minute)))
	if n := e.Forecast(monday.Add(2 * time.Minute)).Hours[0]["plumbing"]; n <= 0 || n > .5 {
		t.Errorf("one ticket makes a rate of %v", n)
	}
}

func TestForecast_AStormIsBelieved(t *testing.T) {
	e := live(t, 28, false)
	noon := monday.Add(28*24*time.Hour + 14*time.Hour)
	for i := range 30 {
		e.Arrived(leak(noon.Add(time.Duration(i) * time.Minute)))
	}
	f := e.Forecast(noon.Add(31 * time.Minute))
	if f.Hours[0]["plumbing"] < 6 || f.Hours[2]["plumbing"] > 4 {
		t.Errorf("in the storm %v", f.Hours)
	}
}

// Who is kept back for a flood is let go when it has ended, long before the hour has; an ordinary pause says nothing.
func TestForecast_ASilenceIsHeard(t *testing.T) {
	e := live(t, 28, false)
	noon := monday.Add(28*24*time.Hour + 14*time.Hour)
	for i := range 600 {
		e.Arrived(leak(noon.Add(time.Duration(i) * time.Second)))
	}
	flood := e.Forecast(noon.Add(10 * time.Minute)).Hours[0]["plumbing"]
	for minutes, most := range map[int]float64{15: 12, 30: 6} { // three in so long
		if n := e.Forecast(noon.Add(time.Duration(10+minutes) * time.Minute)).Hours[0]["plumbing"]; n > most+.1 || flood < 20 {
			t.Errorf("%d minutes after a flood of %v: %v", minutes, flood, n)
		}
	}
	quiet := live(t, 28, false)
	if n := quiet.Forecast(noon.Add(40 * time.Minute)).Hours[0]["plumbing"]; n < 1 || n > 2.5 {
		t.Errorf("after forty minutes of an hour of two: %v", n)
	}
}

func TestForecast_KnowsWhatJobsOfASkillTake(t *testing.T) {
	e := New()
	wall := leak(monday)
	wall.Category, wall.Skill, wall.Standard = "masonry", "masonry", 90*time.Minute
	e.Arrived(leak(monday))
	e.Arrived(wall)
	want := map[string]time.Duration{"plumbing": 40 * time.Minute, "masonry": 90 * time.Minute}
	if got := e.Forecast(monday.Add(time.Minute)).Usual; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestARestartChangesNothing(t *testing.T) {
	once, often := live(t, 9, false), live(t, 9, true)
	at := monday.Add(9*24*time.Hour + 30*time.Minute)
	if a, b := once.Forecast(at), often.Forecast(at); !reflect.DeepEqual(a, b) {
		t.Errorf("forecasts %+v and %+v", a, b)
	}
	if a, b := once.Pace().Work("plumbing", "liu"), often.Pace().Work("plumbing", "liu"); a != b {
		t.Errorf("paces %+v and %+v", a, b)
	}
}

func TestForecast_LooksOnly(t *testing.T) {
	e := live(t, 3, false)
	at := monday.Add(5 * 24 * time.Hour)
	before := e.Forecast(at)
	e.Day(at, 24, at)
	if e.Changed() || !reflect.DeepEqual(before, e.Forecast(at)) {
		t.Error("to look ahead has changed what is known")
	}
}

func TestOpen_RefusesWhatItCannotRead(t *testing.T) {
	if _, err := Open(map[string][]byte{partPast: []byte("{")}); err == nil {
		t.Error("half a part was read")
	}
	if _, err := Open(map[string][]byte{"of another release": []byte("{")}); err != nil {
		t.Error(err)
	}
}

// TestQuantilesFollowWhateverComes looks at the share below each quantile of streams of different shapes.
func TestQuantilesFollowWhateverComes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for name, draw := range map[string]func(i int) float64{
		"normal":     func(int) float64 { return r.NormFloat64() },
		"lopsided":   func(int) float64 { return r.ExpFloat64() - 1 },
		"far away":   func(int) float64 { return 8 + .3*r.NormFloat64() },
		"it changes": func(i int) float64 { return float64(i)/8000 + .4*r.NormFloat64() },
	} {
		q, n, half, ninety := believe(0, .4), 6000, 0., 0.
		for i := range n {
			x := draw(i)
			if i >= 500 {
				half, ninety = half+below(x, q.P50), ninety+below(x, q.P90)
			}
			q.Add(x)
		}
		half, ninety = half/float64(n-500), ninety/float64(n-500)
		if math.Abs(half-.5) > .03 || math.Abs(ninety-.9) > .02 {
			t.Errorf("%s: %.3f lie below the middle, %.3f below the upper tenth", name, half, ninety)
		}
	}
}

func TestWhatIsParticularIsLearned(t *testing.T) {
	e := New()
	for range 200 {
		e.Worked("lift", "liu", 40*time.Minute, 80*time.Minute)
		e.Worked("light", "wang", 40*time.Minute, 20*time.Minute)
	}
	lift, light := e.Pace().Work("lift", "liu"), e.Pace().Work("light", "wang")
	if lift.P50 < 1.5 || light.P50 > .7 || lift.P90 < lift.P50 {
		t.Errorf("lift %+v, light %+v", lift, light)
	}
	e.Worked("lift", "liu", time.Minute, 10*time.Hour) // forgot to say it was over
	if e.Pace().Work("lift", "liu") != lift {
		t.Error("a mistake was learned from")
	}
	e.Rode(0, time.Minute, monday)
	if e.Pace().Ride(monday) != (plan.Quantiles{P50: 1, P90: 1.5}) {
		t.Errorf("rides %+v", e.Pace().Ride(monday))
	}
}
