package plan

import (
	"slices"
	"testing"
	"time"
)

// DOMAIN 9: on duty, skill, valid certificate, district, daily cap, not excluded; each reason alone refuses.
func TestRule9_EachReasonRefuses(t *testing.T) {
	certificate := func(from, until time.Duration) func(*Technician) {
		return func(w *Technician) {
			w.Skills = append(w.Skills, "electrical")
			w.Certificates = []Certificate{{Skill: "electrical", From: now.Add(from), Until: now.Add(until)}}
		}
	}
	electrical := func(j *Job) { j.Skill = "electrical" }
	asked := func(declined bool, ago time.Duration) func(*Job) {
		return func(j *Job) { j.Asked = []Asked{{Staff: "liu", At: now.Add(-ago), Declined: declined}} }
	}
	for _, c := range []struct {
		name   string
		worker func(*Technician)
		job    func(*Job)
		want   Reason
	}{
		{"nothing", nil, nil, ""},
		{"off duty", func(w *Technician) { w.OnDuty = false }, nil, NotOnDuty},
		{"the shift ends this second", func(w *Technician) { w.Until = now }, nil, NotOnDuty},
		{"the shift goes on", func(w *Technician) { w.Until = now.Add(time.Hour) }, nil, ""},
		{"lacks the skill", nil, func(j *Job) { j.Skill = "masonry" }, NoSkill},
		{"no skill is needed", nil, func(j *Job) { j.Skill = "" }, ""},
		{"gated and never certified", func(w *Technician) { w.Skills = []string{"electrical"} }, electrical, CertificateExpired},
		{"the certificate has expired", certificate(-time.Hour, 0), electrical, CertificateExpired},
		{"the certificate is not yet valid", certificate(minute, time.Hour), electrical, CertificateExpired},
		{"the certificate holds", certificate(-time.Hour, minute), electrical, ""},
		{"one that need not be certified, but was", func(w *Technician) {
			w.Certificates = []Certificate{{Skill: "plumbing", Until: now}}
		}, nil, CertificateExpired},
		{"another district", nil, func(j *Job) { j.District = "west" }, OutsideDistrict},
		{"the own daily cap", func(w *Technician) { w.DailyCap, w.DoneToday = 3, 3 }, nil, DailyCap},
		{"the queue counts for the cap", func(w *Technician) {
			w.DailyCap, w.DoneToday = 3, 2
			holds("a", Accepted)(w)
		}, nil, DailyCap},
		{"the policy's daily cap", func(w *Technician) { w.DoneToday = Default().DailyCap }, nil, DailyCap},
		{"one below the cap", func(w *Technician) { w.DailyCap, w.DoneToday = 3, 2 }, nil, ""},
		{"excluded (DOMAIN 6)", nil, func(j *Job) { j.Excluded = []string{"liu"} }, Excluded},
		{"declined a moment ago", nil, asked(true, 29*minute), DeclinedRecently},
		{"declined long ago", nil, asked(true, 30*minute), ""},
		{"did not answer", nil, asked(false, minute), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, j := worker("liu"), job("leak")
			if c.worker != nil {
				c.worker(&w)
			}
			if c.job != nil {
				c.job(&j)
			}
			var want []Reason
			if c.want != "" {
				want = []Reason{c.want}
			}
			if got := (Policy{}).Refusals(&j, &w, now); !slices.Equal(got, want) {
				t.Fatalf("refused for %v, want %v", got, want)
			}
			out := Plan(view([]Job{j}, w), now)
			if got := out.given("leak") == "liu"; got != (c.want == "") {
				t.Errorf("sent %v: %+v", got, out)
			}
			if c.want != "" && (len(out.Stranded) != 1 || out.Stranded[0].Reasons[c.want] != 1) {
				t.Errorf("stranded %+v, want one for %s", out.Stranded, c.want)
			}
		})
	}
}

func TestRefusals_TellsAllInOrder(t *testing.T) {
	w := worker("liu", func(w *Technician) { w.OnDuty, w.Skills, w.Districts = false, nil, nil })
	j := job("leak", func(j *Job) { j.Excluded = []string{"liu"} })
	want := []Reason{NotOnDuty, NoSkill, OutsideDistrict, Excluded}
	if got := (Policy{}).Refusals(&j, &w, now); !slices.Equal(got, want) {
		t.Errorf("refused for %v, want %v", got, want)
	}
}

func TestReasons_HaveWords(t *testing.T) {
	for _, r := range Reasons() {
		if zh, en := r.Text(); zh == "" || en == "" {
			t.Errorf("%s has no words", r)
		}
	}
}

// DOMAIN 3: an empty pool is told at once, with how many each reason refused.
func TestRule3_NobodyIsToldAtOnce(t *testing.T) {
	out := Plan(view([]Job{job("leak")}), now)
	if len(out.Stranded) != 1 || out.Stranded[0].Job != "leak" || len(out.Stranded[0].Reasons) != 0 {
		t.Errorf("without any technician: %+v", out)
	}
	off := func(w *Technician) { w.OnDuty = false }
	out = Plan(view([]Job{job("leak")}, worker("a", off), worker("b", off), worker("c", func(w *Technician) { w.Skills = nil })), now)
	if len(out.Stranded) != 1 || out.Stranded[0].Reasons[NotOnDuty] != 2 || out.Stranded[0].Reasons[NoSkill] != 1 {
		t.Errorf("stranded %+v", out.Stranded)
	}
}
