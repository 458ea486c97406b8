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
// so much under full load that Dear of it outweighs a promise. Plumbers do not become dear because guards have much to do.
func (p *planner) price(tasks []*task) {
	rule, trades := &p.policy.Promise, p.trades()
	ride, horizon := rule.Ride.Seconds(), rule.Lookout.Seconds()
	work := make([]float64, len(trades.crew))
	p.forecast.each(p.now, horizon, func(skill string, n float64) {
		if k, ok := trades.of[skill]; ok {
			work[k] += n * (p.forecast.work() + ride)
		}
	})
	for _, t := range tasks {
		if k, ok := trades.of[t.Skill]; ok && t.due > ride { // of what is due later, a part has to be done by then
			work[k] += (p.policy.standard(t.Job) + ride) * min(1, horizon/t.due)
		}
	}
	for _, s := range p.slots {
		load := 0.
		if k, ok := trades.of[s.skill()]; ok && s.OnDuty {
			load = work[k] / (trades.crew[k] * horizon)
		}
		share := (load - rule.Idle) / (rule.Full - rule.Idle)
		s.price = rule.Worth / rule.Dear.Seconds() * max(rule.Floor, min(1, share))
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
