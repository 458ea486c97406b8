package plan

import "math"

// trades are the groups of technicians on duty who can stand in for each other, directly or through others.
type trades struct {
	of   map[string]int // by skill
	crew []float64      // how many are in each
}

func (p *planner) trades() trades {
	parent := map[string]string{}
	root := func(skill string) string {
		for parent[skill] != skill {
			skill = parent[skill]
		}
		return skill
	}
	for _, s := range p.slots {
		for _, skill := range s.Skills {
			if _, known := parent[skill]; !known && s.OnDuty {
				parent[skill] = skill
			}
			if s.OnDuty {
				parent[root(skill)] = root(s.Skills[0])
			}
		}
	}
	t := trades{of: map[string]int{}}
	for _, s := range p.slots {
		if !s.OnDuty || len(s.Skills) == 0 {
			continue
		}
		first := root(s.Skills[0])
		if _, known := t.of[first]; !known {
			t.of[first] = len(t.crew)
			t.crew = append(t.crew, 0)
		}
		for _, skill := range s.Skills {
			t.of[skill] = t.of[first]
		}
		t.crew[t.of[first]]++
	}
	return t
}

// price says what a second of each technician costs: nothing to speak of when all that is expected of their trade can be done, and
// so much under full load that Dear of it outweighs a promise. Plumbers do not become dear because guards have much to do. Nor are
// masons idle before walls that wait, because each takes longer than Dear: what is long is told by the other work of the trade.
func (p *planner) price(tasks []*task) {
	rule, trades := &p.policy.Promise, p.trades()
	ride, horizon := rule.Ride.Seconds(), rule.Lookout.Seconds()
	work, jobs := make([]float64, len(trades.crew)), make([]float64, len(trades.crew))
	expect := func(skill string, n, each float64) {
		if k, ok := trades.of[skill]; ok {
			work[k], jobs[k] = work[k]+n*each, jobs[k]+n
		}
	}
	p.forecast.each(p.now, horizon, func(skill string, n float64) { expect(skill, n, p.forecast.work(skill)+ride) })
	for _, t := range tasks {
		if t.due > ride { // of what is due later, a part has to be done by then
			expect(t.Skill, min(1, horizon/t.due), p.policy.standard(t.Job)+ride)
		}
	}
	for _, s := range p.slots {
		load, dear := 0., rule.Dear.Seconds()
		if k, ok := trades.of[s.skill()]; ok && s.OnDuty {
			load = work[k] / (trades.crew[k] * horizon)
			if jobs[k] > 0 {
				dear = max(dear, rule.Usual*work[k]/jobs[k])
			}
		}
		share := (load - rule.Idle) / (rule.Full - rule.Idle)
		s.price = rule.Worth / dear * max(rule.Floor, min(1, share))
	}
}

// skill is one of the technician's, for their trade has them all.
func (s *slot) skill() string {
	if len(s.Skills) == 0 {
		return ""
	}
	return s.Skills[0]
}

// cheapest is what a second costs of those who may do a job, at least.
func (p *planner) cheapest(t *task) float64 {
	least := math.Inf(1)
	for i, why := range t.refused {
		if why == "" {
			least = min(least, p.slots[i].price)
		}
	}
	return least
}
