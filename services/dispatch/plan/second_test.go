package plan

import (
	"testing"
	"time"
)

func second(j *Job) { j.Second, j.Skill = true, "" }

// Work for two 双人作业: whoever comes along is free now, as near as can be, and never who an emergency needs as its first.
func TestSeconds(t *testing.T) {
	far := func(w *Technician) { w.At = at(6) }
	busy := holds("long", OnSite, func(j *Job) { j.Standard = 20 * minute })
	accepted := holds("next", Accepted)
	for _, c := range []struct {
		name  string
		jobs  []Job
		crew  []Technician
		given map[string]string // "": waits
	}{
		{"the nearest comes", []Job{job("s", second)}, []Technician{worker("a", far), worker("b")}, map[string]string{"s": "b"}},
		{
			"who is busy near by is not asked",
			[]Job{job("s", second)},
			[]Technician{worker("a", far), worker("b", busy)},
			map[string]string{"s": "a"},
		},
		{"nor queued", []Job{job("s", second)}, []Technician{worker("a", busy)}, map[string]string{"s": ""}},
		{"nor called away", []Job{job("s", second)}, []Technician{worker("a", accepted)}, map[string]string{"s": ""}},
		{"but to an emergency", []Job{job("s", second, urgent)}, []Technician{worker("a", accepted)}, map[string]string{"s": "a", "next": ""}},
		{
			"an emergency comes first",
			[]Job{job("s", second, urgent), job("gas", urgent, in(at(9)))},
			[]Technician{worker("a")},
			map[string]string{"gas": "a", "s": ""},
		},
		{
			"what else waits comes behind",
			[]Job{job("s", second), job("leak", due(30*minute))},
			[]Technician{worker("a")},
			map[string]string{"s": "a", "leak": ""},
		},
		{
			"one for each",
			[]Job{job("s", second), job("leak", due(30*minute))},
			[]Technician{worker("a", far), worker("b")},
			map[string]string{"s": "b", "leak": "a"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := view(c.jobs, c.crew...)
			v.Forecast = &Forecast{Begin: now, Works: []time.Duration{35 * minute}}
			out := Plan(v, now)
			for id, staff := range c.given {
				if got := out.given(id); got != staff {
					t.Errorf("%s has %q, want %q: %+v", id, got, staff, out)
				}
			}
		})
	}
}

// Who came along to somebody gives way to an emergency, and another comes along at once.
func TestSeconds_GiveWayAndAreReplaced(t *testing.T) {
	along := worker("a", holds("s", UnderWay, second))
	other := worker("b", func(w *Technician) { w.Skills = nil })
	out := Plan(view([]Job{job("gas", urgent)}, along, other), now)
	if out.given("gas") != "a" || out.given("s") != "b" || out.decision(t, "s").Score.WaitS != 0 {
		t.Errorf("decided %+v", out)
	}
}
