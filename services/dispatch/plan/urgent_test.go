package plan

import (
	"slices"
	"testing"
	"time"
)

// DOMAIN 9: emergencies pre-empt, but only what has not begun and is no emergency itself.
func TestRule9_AnEmergencyTakesOnlyWhatMayGiveWay(t *testing.T) {
	hour := func(j *Job) { j.Standard = 2 * time.Hour }
	for _, c := range []struct {
		name      string
		queue     []func(*Technician)
		withdrawn []string
		sent      bool
	}{
		{"nobody is busy", nil, nil, true},
		{"an offer gives way", []func(*Technician){holds("a", OnSite), holds("b", Offered)}, []string{"b"}, true},
		{"an accepted visit gives way", []func(*Technician){holds("a", OnSite), holds("b", Accepted)}, []string{"b"}, true},
		{"one under way gives way", []func(*Technician){holds("a", UnderWay, in(at(9)), hour), holds("b", Accepted, hour)}, []string{"a", "b"}, true},
		{"one on site does not", []func(*Technician){holds("a", OnSite, hour)}, nil, true}, // waits behind it
		{"other emergencies do not", []func(*Technician){holds("a", UnderWay, urgent), holds("b", Accepted, urgent)}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := Plan(view([]Job{job("gas", urgent)}, worker("liu", c.queue...)), now)
			if sent := out.given("gas") == "liu"; sent != c.sent {
				t.Fatalf("sent %v: %+v", sent, out)
			}
			var gone []string
			for _, w := range out.Withdrawals {
				if w.Staff != "liu" || w.For != "gas" || w.Visit != "visit-"+w.Job {
					t.Errorf("withdrew %+v", w)
				}
				gone = append(gone, w.Job)
			}
			if !slices.Equal(gone, c.withdrawn) {
				t.Errorf("withdrew %v, want %v", gone, c.withdrawn)
			}
		})
	}
}

// DOMAIN 9: who is bumped is planned again at once, by somebody else if there is one.
func TestRule9_TheBumpedGoesToSomebodyElse(t *testing.T) {
	busy := worker("a", holds("now", OnSite), holds("bumped", Accepted))
	other := worker("b", func(w *Technician) { w.At, w.Skills = at(2), []string{"plumbing"} })
	gas := job("gas", urgent, func(j *Job) { j.Skill = "carpentry" })
	out := Plan(view([]Job{gas}, busy, other), now)
	if out.given("gas") != "a" || out.given("bumped") != "b" || len(out.Withdrawals) != 1 {
		t.Errorf("decided %+v", out)
	}
}

func TestPlan_TheFreeIsPreferredToTheDisturbed(t *testing.T) {
	busy := worker("a", holds("now", UnderWay))
	out := Plan(view([]Job{job("gas", urgent)}, busy, worker("b", func(w *Technician) { w.At = at(.5) })), now)
	if out.given("gas") != "b" || len(out.Withdrawals) != 0 {
		t.Errorf("decided %+v", out)
	}
}

func TestPlan_EmergenciesGoFirst(t *testing.T) {
	old := job("old", opened(100*time.Hour), due(-90*time.Hour))
	out := Plan(view([]Job{old, job("gas", urgent)}, worker("liu", holds("now", OnSite))), now)
	if out.given("gas") != "liu" || out.given("old") != "" {
		t.Errorf("decided %+v", out)
	}
}

// A broken clock of a ticket must not make its emergency look too dear to go to.
func TestPlan_AnEmergencyThatWasDueLongAgoIsStillGoneTo(t *testing.T) {
	j := job("gas", urgent, func(j *Job) { j.Opened, j.Due = time.Unix(0, 0), time.Unix(0, 0) })
	if got := Plan(view([]Job{j}, worker("liu")), now).given("gas"); got != "liu" {
		t.Errorf("sent %q", got)
	}
}

func TestPlan_EveryEmergencyFindsSomebodyWhileAnybodyMayGiveWay(t *testing.T) {
	jobs := []Job{job("gas", urgent), job("fire", urgent), job("flood", urgent)}
	out := Plan(view(jobs, worker("a", holds("x", Accepted), holds("y", Accepted)), worker("b", holds("z", OnSite))), now)
	for _, j := range jobs {
		if out.given(j.ID) == "" {
			t.Errorf("nobody for %s: %+v", j.ID, out.Postponed)
		}
	}
}
