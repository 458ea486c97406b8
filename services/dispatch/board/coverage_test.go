package board

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// town is a board with people who are slower than the books say, each in their own way, and trouble that is worse than its
// standard times: what a board has to learn.
type town struct {
	*Board
	r     *rand.Rand
	now   time.Time
	opens time.Time
	due   map[string]time.Time // by visit: when its next step is
	n     int
}

// slow is how much longer work of a category and ways in an hour really take.
var slow = map[string]float64{"plumbing": 1.4, "electrical": .8, "carpentry": 1.1}

func newTown(seed uint64, crew int) *town {
	w := &town{r: rand.New(rand.NewPCG(seed, 9)), now: now, opens: now, due: map[string]time.Time{}}
	w.Board = New("east", 1, Settings{}, func() string { w.n++; return fmt.Sprintf("visit-%05d", w.n) }, nil, nil, nil)
	for i := range crew {
		t := technician(fmt.Sprintf("staff-%02d", i))
		t.DailyCap = 200
		w.TechnicianChanged(t, now)
		w.DutyStarted(t.ID, w.somewhere(), time.Time{}, time.Time{}, now)
	}
	return w
}

func (w *town) somewhere() plan.Place {
	return plan.Place{Lat: 30.2 + w.r.Float64()*.06, Lon: 120.1 + w.r.Float64()*.06}
}

// noisy is a duration with the lognormal noise that real work has.
func (w *town) noisy(d time.Duration, factor, sigma float64) time.Duration {
	return time.Duration(float64(d) * factor * math.Exp(sigma*w.r.NormFloat64()))
}

// live lets the town live until a time: tickets come, people accept, ride, work.
func (w *town) live(t testing.TB, until time.Time, perHour float64) {
	t.Helper()
	for w.now.Before(until) {
		w.now = w.now.Add(30 * time.Second)
		for w.opens.Before(w.now) {
			w.opens = w.opens.Add(time.Duration(w.r.ExpFloat64() / perHour * float64(time.Hour)))
			w.open()
		}
		if next := w.NextDue(); !next.IsZero() && !next.After(w.now) || w.Restless(w.now) {
			w.Wake(w.now)
		}
		for _, v := range w.Visits() {
			w.step(t, w.visits[v.ID])
		}
		w.Settle()
	}
}

func (w *town) open() {
	w.n++
	category := []string{"plumbing", "electrical", "carpentry"}[w.r.IntN(3)]
	j := ticket(fmt.Sprintf("ticket-%05d", w.n), func(j *JobRow) {
		j.Place, j.Category, j.Opened, j.Due = w.somewhere(), category, w.now, w.now.Add(45*time.Minute)
		j.Standard = time.Duration(15+w.r.IntN(40)) * time.Minute
	})
	w.JobOpened(j, w.now)
}

// step does what is next in a visit when its time has come.
func (w *town) step(t testing.TB, v *VisitRow) {
	if v == nil || !v.State.Open() || v.State != Offered && w.now.Before(w.due[v.ID]) {
		return
	}
	j, person := w.jobs[v.JobID], w.technicians[v.Staff]
	switch v.State {
	case Offered:
		if staff := v.open(); len(staff) > 0 && w.now.After(v.Offered.Add(40*time.Second)) {
			must(t, w.Accept(v.ID, staff[0], w.now))
			w.due[v.ID] = w.now.Add(w.noisy(time.Minute, 1, .5))
		}
	case Accepted:
		if w.outside(v.Staff) {
			return
		}
		w.due[v.ID] = w.now.Add(w.noisy(w.settings.Policy.Travel.Between(person.At, j.Place), 1.3, .35))
		must(t, w.Depart(v.ID, v.Staff, w.now))
	case UnderWay:
		w.due[v.ID] = w.now.Add(w.noisy(j.Standard, slow[j.Category], .5))
		must(t, w.Arrive(v.ID, v.Staff, w.now))
	case OnSite:
		must(t, w.Finish(v.ID, v.Staff, "", "", w.now))
	case Paused, Finished, Withdrawn, Lapsed:
	}
}

// TestTheWindowIsAsTrueAsItSays lets a town live for days in which everything is slower than the books say, and holds what residents
// were told against what came.
func TestTheWindowIsAsTrueAsItSays(t *testing.T) {
	w := newTown(2, 8)
	w.live(t, now.Add(3*24*time.Hour), 8)
	c := w.Experience().Coverage()
	if c.Arrivals < 400 || c.Ninety < .88 || c.Ninety > .92 || math.Abs(c.Half-.5) > .05 || c.Error > 240 {
		t.Errorf("%+v", c)
	}
	if factor := w.Experience().Pace().Work("plumbing", "staff-01").P50; math.Abs(factor-1.4) > .25 {
		t.Errorf("plumbing takes 1.4 times the standard, %.2f were learned", factor)
	}
}

// BenchmarkCoverage is the same for more and busier days: the share of arrivals within the window that was told, in percent, and
// the median error in seconds.
func BenchmarkCoverage(b *testing.B) {
	for seed, perHour := range []float64{8, 14, 22} {
		b.Run(fmt.Sprint(perHour, " an hour"), func(b *testing.B) {
			for b.Loop() {
				w := newTown(uint64(seed)+1, 14)
				w.live(b, now.Add(4*24*time.Hour), perHour)
				c := w.Experience().Coverage()
				b.ReportMetric(100*c.Ninety, "%inside")
				b.ReportMetric(100*c.Half, "%before")
				b.ReportMetric(c.Error, "s/error")
			}
		})
	}
}

// TestALateTechnicianIsToldEarly has nobody move: the window moves before it is over, not after.
func TestALateTechnicianIsToldEarly(t *testing.T) {
	b := district("liu")
	v := opened(t, b, ticket("leak"))
	must(t, b.Accept(v.ID, "liu", now))
	window := v.Window
	b.Settle()
	for at := now; at.Before(window.To); at = at.Add(10 * time.Second) {
		if b.Restless(at) {
			b.Wake(at)
		}
		if slices.Contains(told(b), EtaChanged) {
			return
		}
	}
	t.Error("the window is over, and nobody said so")
}
