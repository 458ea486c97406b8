package plan

import (
	"slices"
	"time"
)

// Reason is why a technician may not do a job; empty means that they may.
type Reason string

// The reasons, in the order in which they are looked for: a technician is counted under the first that holds.
const (
	NotOnDuty          Reason = "not_on_duty"
	NoSkill            Reason = "no_skill"
	CertificateExpired Reason = "certificate_expired" // or missing, or not yet valid
	OutsideDistrict    Reason = "outside_district"
	DailyCap           Reason = "daily_cap"
	Excluded           Reason = "excluded"
	DeclinedRecently   Reason = "declined_recently"
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{NotOnDuty, NoSkill, CertificateExpired, OutsideDistrict, DailyCap, Excluded, DeclinedRecently}
}

var reasonTexts = map[Reason][2]string{
	NotOnDuty:          {"未在岗", "not on duty"},
	NoSkill:            {"不具备所需技能", "lacks the skill"},
	CertificateExpired: {"没有有效证书", "no valid certificate"},
	OutsideDistrict:    {"不负责该片区", "outside the district"},
	DailyCap:           {"已达当日上限", "daily cap reached"},
	Excluded:           {"该工单不再派给此人", "excluded from this ticket"},
	DeclinedRecently:   {"刚刚拒绝过该工单", "declined this ticket recently"},
}

// Text says the reason to people.
func (r Reason) Text() (zh, en string) { return reasonTexts[r][0], reasonTexts[r][1] }

// Refusals answers every reason why a technician may not do a job (DOMAIN 9), in order; none means eligible.
// How full their queue is does not matter here.
func (p Policy) Refusals(j *Job, t *Technician, now time.Time) (all []Reason) {
	q := p.orDefault()
	for _, r := range Reasons() {
		if q.refuses(r, j, t, now) {
			all = append(all, r)
		}
	}
	return all
}

func (p *Policy) refusal(j *Job, t *Technician, now time.Time) Reason {
	for _, r := range [...]Reason{NotOnDuty, NoSkill, CertificateExpired, OutsideDistrict, DailyCap, Excluded, DeclinedRecently} {
		if p.refuses(r, j, t, now) {
			return r
		}
	}
	return ""
}

func (p *Policy) refuses(r Reason, j *Job, t *Technician, now time.Time) bool {
	switch r {
	case NotOnDuty:
		return !t.OnDuty || !t.Until.IsZero() && !now.Before(t.Until)
	case NoSkill:
		return j.Skill != "" && !slices.Contains(t.Skills, j.Skill)
	case CertificateExpired:
		return !p.certified(j.Skill, t, now)
	case OutsideDistrict:
		return !slices.Contains(t.Districts, j.District)
	case DailyCap:
		limit := p.cap(t)
		return limit > 0 && t.DoneToday+len(t.Queue) >= limit
	case Excluded:
		return slices.Contains(j.Excluded, t.ID)
	case DeclinedRecently:
		return slices.ContainsFunc(j.Asked, func(a Asked) bool {
			return a.Staff == t.ID && a.Declined && now.Sub(a.At) < p.DeclineMemory
		})
	}
	return false
}

// certified holds for a skill that needs no certificate; a technician who has one for the skill must keep it valid all
// the same (DOMAIN 24).
func (p *Policy) certified(skill string, t *Technician, now time.Time) bool {
	needed := slices.Contains(p.Gated, skill)
	for _, c := range t.Certificates {
		if c.Skill != skill {
			continue
		}
		if c.Valid(now) {
			return true
		}
		needed = true
	}
	return !needed
}

// unanswered reports whether a technician let an offer of the job expire lately.
func (p *Policy) unanswered(j *Job, staff string, now time.Time) bool {
	return slices.ContainsFunc(j.Asked, func(a Asked) bool {
		return a.Staff == staff && !a.Declined && now.Sub(a.At) < p.DeclineMemory
	})
}

// crowd answers who of all technicians may do a job. Most jobs ask the same: 5,000 open tickets of ten skills are ten
// questions.
type crowd struct {
	policy *Policy
	slots  []*slot
	now    time.Time
	known  map[need]*answer
}

type need struct{ skill, district string }

type answer struct {
	refused  []Reason // per slot; empty may
	eligible int
}

func (c *crowd) ask(j *Job) *answer {
	key := need{j.Skill, j.District}
	common := c.known[key]
	if common == nil {
		common = c.decide(&Job{Skill: j.Skill, District: j.District})
		c.known[key] = common
	}
	if len(j.Excluded) == 0 && len(j.Asked) == 0 {
		return common
	}
	return c.decide(j)
}

func (c *crowd) decide(j *Job) *answer {
	a := &answer{refused: make([]Reason, len(c.slots))}
	for i, s := range c.slots {
		if a.refused[i] = c.policy.refusal(j, s.Technician, c.now); a.refused[i] == "" {
			a.eligible++
		}
	}
	return a
}
