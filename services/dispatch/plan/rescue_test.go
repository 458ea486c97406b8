package plan

import (
	"testing"
	"time"
)

// An emergency waits behind work that takes longer than expected: whoever can be there clearly sooner takes it over.
func TestAnEmergencyDoesNotWaitForWhoIsBusy(t *testing.T) {
	hours := func(j *Job) { j.Standard = 2 * time.Hour }
	silent := func(j *Job) { j.Asked = []Asked{{Staff: "b", At: now.Add(-5 * minute)}} }
	for name, c := range map[string]struct {
		holder []func(*Technician)
		other  []func(*Technician)
		taken  bool
	}{
		"somebody is free": {[]func(*Technician){holds("long", OnSite, hours), holds("gas", Accepted, urgent)}, nil, true},
		"also before the holder has answered": {
			[]func(*Technician){holds("long", OnSite, hours), holds("gas", Offered, urgent)},
			nil, true,
		},
		"somebody may leave what is less urgent": {
			[]func(*Technician){holds("long", OnSite, hours), holds("gas", Accepted, urgent)},
			[]func(*Technician){holds("leak", UnderWay)},
			true,
		},
		"the holder is under way to it": {[]func(*Technician){holds("gas", UnderWay, urgent, in(at(9)))}, nil, false},
		"the holder can set out":        {[]func(*Technician){holds("gas", Accepted, urgent, in(at(9)))}, nil, false},
		"the holder is there as soon": {
			[]func(*Technician){holds("long", OnSite, func(j *Job) { j.Standard = minute }), holds("gas", Accepted, urgent)},
			[]func(*Technician){func(w *Technician) { w.At = at(6) }},
			false,
		},
		"the other did not answer for it": {
			[]func(*Technician){holds("long", OnSite, hours), holds("gas", Accepted, urgent, silent)}, nil, false,
		},
		"the other cannot do it": {
			[]func(*Technician){holds("long", OnSite, hours), holds("gas", Accepted, urgent)},
			[]func(*Technician){func(w *Technician) { w.Skills = []string{"carpentry"} }},
			false,
		},
		"the other is as busy": {
			[]func(*Technician){holds("long", OnSite, hours), holds("gas", Accepted, urgent)},
			[]func(*Technician){holds("other", OnSite, hours)},
			false,
		},
		"what is ordinary stays where it is": {[]func(*Technician){holds("long", OnSite, hours), holds("gas", Accepted)}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			out := Plan(view(nil, worker("a", c.holder...), worker("b", c.other...)), now)
			if !c.taken {
				if len(out.Withdrawals)+len(out.Decisions) > 0 {
					t.Errorf("%+v", out)
				}
				return
			}
			if w := out.Withdrawals; len(w) == 0 || w[0] != (Withdrawal{"visit-gas", "gas", "a", "gas"}) || out.given("gas") != "b" {
				t.Errorf("%+v", out)
			}
			if d := out.decision(t, "gas"); d.Total >= d.RunnerUpTotal || d.RunnerUp != "a" {
				t.Errorf("explained as %+v", d)
			}
		})
	}
}
