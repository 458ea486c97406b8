package plan

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Flaw is why something cannot be planned with: the field, and a sentence that names it. Whatever has one is set aside and
// shown; a board goes on without it.
type Flaw struct{ Field, ZH, EN string }

// Error is the English sentence.
func (f *Flaw) Error() string { return f.EN }

func flaw(field, zh, en string, values ...any) *Flaw {
	return &Flaw{field, fmt.Sprintf(zh, append([]any{field}, values...)...), fmt.Sprintf(en, append([]any{field}, values...)...)}
}

const (
	// longestWork is what no visit takes.
	longestWork = 24 * time.Hour
	// furthestAppointment is how far ahead nobody can say when they will be at home.
	furthestAppointment = 366 * 24 * time.Hour
)

// Check answers what is wrong with a job, or nil.
func (j *Job) Check() *Flaw {
	switch {
	case !j.Place.sound():
		return flaw("place.point", "%s 不是地球上的坐标", "%s is no place on earth")
	case j.Standard < 0:
		return flaw("standard_minutes", "%s 为负数", "%s is negative")
	case j.Standard > longestWork:
		return flaw("standard_minutes", "%s 超过 24 小时（%.0f 分钟）", "%s is more than a day: %.0f minutes", j.Standard.Minutes())
	case !j.Due.IsZero() && j.Due.Before(j.Opened):
		return flaw("arrival_due", "%s 早于报修时间", "%s is before the ticket was opened")
	case !j.To.IsZero() && j.To.Before(j.From):
		return flaw("appointment", "%s 的结束早于开始", "%s ends before it begins")
	case !j.To.IsZero() && j.To.Before(j.Opened):
		return flaw("appointment", "%s 在报修之前已经结束", "%s was over before the ticket was opened")
	case !j.From.IsZero() && j.From.Sub(j.Opened) > furthestAppointment:
		return flaw("appointment", "%s 在一年以后", "%s is more than a year ahead")
	}
	return nil
}

// Check answers what is wrong with a technician, or nil.
func (t *Technician) Check() *Flaw {
	districts := slices.Sorted(slices.Values(t.Districts))
	for i := 1; i < len(districts); i++ {
		if districts[i] == districts[i-1] {
			return flaw("district_ids", "%s 重复了片区 %s", "%s has %s twice", districts[i])
		}
	}
	if t.DailyCap < 0 {
		return flaw("daily_cap", "%s 为负数", "%s is negative")
	}
	if !t.At.sound() {
		return flaw("base", "%s 不是地球上的坐标", "%s is no place on earth")
	}
	for _, c := range t.Certificates {
		if !c.Until.IsZero() && c.Until.Before(c.From) {
			return flaw("certificates", "%s 中的 %s 在生效前已失效", "%s has %s end before it begins", c.Name)
		}
	}
	return nil
}

// sound holds for places on earth and for one that is not known.
func (p Place) sound() bool { return p.Known() || p.Lat == 0 && p.Lon == 0 }

// Check answers what is wrong with a policy, or nil: with such a one no process should start. The zero policy is Default.
func (p Policy) Check() *Flaw {
	q := p.orDefault()
	durations := []struct {
		field string
		value time.Duration
	}{
		{"horizon", q.Horizon},
		{"standard", q.Standard},
		{"min_spread", q.MinSpread},
		{"overrun", q.Overrun},
		{"soon", q.Soon},
		{"decline_memory", q.DeclineMemory},
		{"appointment_lead", q.AppointmentLead},
		{"posts.lookout", q.Posts.Lookout},
		{"posts.hold", q.Posts.Hold},
		{"posts.least", q.Posts.Least},
		{"promise.lead", q.Promise.Lead},
		{"promise.ahead", q.Promise.Ahead},
	}
	for _, d := range durations {
		if d.value < 0 {
			return flaw(d.field, "%s 为负数", "%s is negative")
		}
	}
	if q.Capacity < 0 {
		return flaw("capacity", "%s 为负数", "%s is negative")
	}
	if q.Posts.Most < 0 {
		return flaw("posts.most", "%s 为负数", "%s is negative")
	}
	return q.checkTargets()
}

// checkTargets wants to know what a kept promise is worth and how a second counts: without them any plan is as good as another.
func (p *Policy) checkTargets() *Flaw {
	for _, w := range p.Weights {
		if !(w > 0) || math.IsInf(w, 0) {
			return flaw("weights", "%s 必须为正数：没有目标就无法派工", "%s must be positive: without targets nothing can be decided")
		}
	}
	r := p.Promise
	if r.Worth < 0 || math.IsNaN(r.Worth) {
		return flaw("promise.worth", "%s 必须不小于零", "%s must not be negative")
	}
	if r.Worth > 0 && (r.Dear <= 0 || r.Lookout <= 0 || r.Slack <= 0 || r.Starved <= 0 || r.Full <= r.Idle) {
		return flaw("promise", "%s 缺少 dear、lookout、slack、starved 或 full", "%s lacks dear, lookout, slack, starved or full")
	}
	return nil
}
