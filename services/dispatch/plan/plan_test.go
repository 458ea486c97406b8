package plan

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestPlan_TheNearestGoes(t *testing.T) {
	far := worker("a", func(w *Technician) { w.At = at(5) })
	out := Plan(view([]Job{job("leak")}, far, worker("b")), now)
	d := out.decision(t, "leak")
	if d.Staff != "b" || d.RunnerUp != "a" || d.Eligible != 2 || d.RunnerUpTotal <= d.Total {
		t.Errorf("decided %+v", d)
	}
}

func TestPlan_BothJobsAreServedWhenOneTechnicianIsNearBoth(t *testing.T) {
	// Greed would send b, who is nearest to both, to the first and nobody near to the second.
	jobs := []Job{job("x", in(at(1))), job("y", in(at(3)))}
	a, b := worker("a", func(w *Technician) { w.At = at(0) }), worker("b", func(w *Technician) { w.At = at(2) })
	out := Plan(view(jobs, a, b), now)
	if out.given("x") != "a" || out.given("y") != "b" {
		t.Errorf("x to %q, y to %q", out.given("x"), out.given("y"))
	}
}

func TestPlan_ABusyTechnicianCountsByWhenTheyAreFree(t *testing.T) {
	busy := worker("a", holds("long", OnSite, func(j *Job) { j.Standard = 3 * time.Hour }))
	away := worker("b", func(w *Technician) { w.At = at(8) })
	if got := Plan(view([]Job{job("leak")}, busy, away), now).given("leak"); got != "b" {
		t.Errorf("sent %q", got)
	}
}

func TestPlan_NobodyBeyondCapacity(t *testing.T) {
	jobs := []Job{job("a"), job("b"), job("c")}
	out := Plan(view(jobs, worker("liu")), now)
	if len(out.Decisions) != 2 || len(out.Postponed) != 1 || out.Postponed[0].Why != ForRoom {
		t.Errorf("decided %+v", out)
	}
}

func TestPlan_NobodyBeginsAfterTheShift(t *testing.T) {
	ends := func(w *Technician) { w.Until = now.Add(10 * minute) }
	if got := Plan(view([]Job{job("leak", in(at(9)))}, worker("liu", ends)), now); got.given("leak") != "" {
		t.Errorf("sent after the shift: %+v", got)
	}
	if got := Plan(view([]Job{job("gas", in(at(9)), urgent)}, worker("liu", ends)), now); got.given("gas") != "liu" {
		t.Errorf("an emergency waits for tomorrow: %+v", got)
	}
}

// DOMAIN 9: fair share; of two who are equal otherwise the one with less today goes.
func TestRule9_TheShareIsFair(t *testing.T) {
	many := worker("a", func(w *Technician) { w.DoneToday = 5 })
	d := Plan(view([]Job{job("leak")}, many, worker("b")), now).decision(t, "leak")
	if d.Staff != "b" || d.Score.Fairness >= 0 {
		t.Errorf("sent %s, fairness %v", d.Staff, d.Score.Fairness)
	}
}

func TestPlan_WhoDidNotAnswerComesLater(t *testing.T) {
	silent := func(j *Job) { j.Asked = []Asked{{Staff: "a", At: now.Add(-minute)}} }
	if got := Plan(view([]Job{job("leak", silent)}, worker("a"), worker("b")), now).given("leak"); got != "b" {
		t.Errorf("sent %q", got)
	}
}

// DOMAIN 9: the parts of the score are stored with the decision and sum up to what competed.
func TestRule9_TheCostIsExplained(t *testing.T) {
	j := job("leak", opened(time.Hour), due(-10*minute))
	d := Plan(view([]Job{j}, worker("liu", func(w *Technician) { w.At = at(4) })), now).decision(t, "leak")
	sum := 0.0
	for _, p := range d.Score.Parts() {
		if p.Name == "" || p.ZH == "" || p.EN == "" {
			t.Errorf("a part without words: %+v", p)
		}
		sum += p.Value
	}
	if math.Abs(sum-d.Total) > 1e-6 || d.Score.Lateness <= 0 || d.Score.Travel <= 0 || d.Score.Ageing >= 0 {
		t.Errorf("parts give %v of %v: %+v", sum, d.Total, d.Score)
	}
}

// DOMAIN 9: ageing, so that ordinary tickets never starve; Overtakes is the promise.
func TestRule9_TheOldOvertakesTheFresh(t *testing.T) {
	needs := Policy{}.Overtakes(P4, P2)
	if needs <= 0 || needs > 24*time.Hour {
		t.Fatalf("P4 overtakes P2 after %v", needs)
	}
	busy := worker("liu", holds("now", OnSite)) // room for one
	for _, c := range []struct {
		name string
		age  time.Duration
		want string
	}{{"not yet", needs / 2, "fresh"}, {"at the latest then", needs, "old"}} {
		t.Run(c.name, func(t *testing.T) {
			old := job("old", func(j *Job) { j.Priority = P4 }, opened(c.age), due(-c.age))
			fresh := job("fresh", func(j *Job) { j.Priority = P2 }, opened(0), due(0))
			out := Plan(view([]Job{fresh, old}, busy), now)
			if out.given(c.want) != "liu" || len(out.Decisions) != 1 {
				t.Errorf("decided %+v", out.Decisions)
			}
		})
	}
}

// DOMAIN 9: nobody starves behind a stream of fresher, more urgent tickets.
func TestRule9_NobodyStarves(t *testing.T) {
	patient := job("patient", func(j *Job) { j.Priority = P4 })
	last := now.Add(Policy{}.Overtakes(P4, P2) + 2*time.Hour)
	for moment := now; moment.Before(last); moment = moment.Add(10 * minute) {
		fresh := job("fresh", func(j *Job) { j.Priority, j.Opened, j.Due = P2, moment, moment })
		if Plan(view([]Job{patient, fresh}, worker("liu", holds("now", OnSite))), moment).given("patient") != "" {
			return
		}
	}
	t.Errorf("still waits after %v", last.Sub(now))
}

func TestPlan_AnAppointmentIsNotGoneToEarly(t *testing.T) {
	from := func(in time.Duration) func(*Job) {
		return func(j *Job) { j.From, j.To = now.Add(in), now.Add(in+time.Hour) }
	}
	lead := Default().AppointmentLead
	out := Plan(view([]Job{job("later", from(lead+minute)), job("soon", from(lead))}, worker("liu")), now)
	if out.given("soon") != "liu" || len(out.Postponed) != 1 || out.Postponed[0] != (Postponed{"later", ForAppointment}) {
		t.Fatalf("decided %+v", out)
	}
	if w := out.decision(t, "soon").Arrival; w.From.Before(now.Add(lead)) {
		t.Errorf("expected at %v, before the appointment", w.From)
	}
}

func TestPlan_APoolAsksAllWhoMayAndHaveRoom(t *testing.T) {
	full := worker("full", holds("a", OnSite), holds("b", Accepted))
	off := worker("off", func(w *Technician) { w.OnDuty = false })
	near, far := worker("near"), worker("far", func(w *Technician) { w.At = at(6) })
	d := Plan(view([]Job{job("leak", pool)}, far, full, near, off), now).decision(t, "leak")
	if !slices.Equal(d.Pool, []string{"near", "far"}) || d.Staff != "near" || d.RunnerUp != "far" || d.Eligible != 3 {
		t.Errorf("asked %+v", d)
	}
	d = Plan(view([]Job{job("gas", pool, urgent)}, far, full, near, off), now).decision(t, "gas")
	if len(d.Pool) != 3 || !slices.Contains(d.Pool, "full") {
		t.Errorf("an emergency asked %v, want also who is busy", d.Pool)
	}
	out := Plan(view([]Job{job("leak", pool)}, full), now)
	if len(out.Postponed) != 1 || out.Postponed[0] != (Postponed{"leak", ForRoom}) {
		t.Errorf("with nobody free: %+v", out)
	}
}

func TestByHand_ExplainsWhatADispatcherChose(t *testing.T) {
	off := worker("off", func(w *Technician) { w.OnDuty, w.Until, w.At = false, now.Add(-time.Hour), at(3) })
	v := view(nil, off, worker("near"))
	d, ok := ByHand(v, job("leak"), "off", now)
	if !ok || d.Staff != "off" || d.RunnerUp != "near" || d.Score.Travel <= 0 || d.Arrival.From.Before(now) {
		t.Errorf("explained %+v, %v", d, ok)
	}
	if _, ok := ByHand(v, job("leak"), "nobody", now); ok {
		t.Error("somebody unknown was found")
	}
}
