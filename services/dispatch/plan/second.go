package plan

import (
	"math"
	"slices"
)

// seconds sends somebody along to each work for two 双人作业 that another has in hand: of those who can set out now, whoever costs
// least. They come after every emergency, for none waits until another has a second; and before what else waits, for whoever stands
// alone before such work cannot get on. Who is still busy is not asked: whoever is free first comes.
func (p *planner) seconds() {
	slices.SortStableFunc(p.along, urgency)
	for i := 0; i < len(p.along); i++ { // whoever gives way to one of these may be the second of another, which comes behind
		t := p.along[i]
		slots := p.open(t.urgent())
		totals := make([]float64, len(slots))
		var best option
		var chosen *slot
		for j, s := range slots {
			totals[j] = math.Inf(1)
			if o, ok := p.atOnce(t, s); ok {
				if totals[j] = o.Total(); chosen == nil || o.Total() < best.Total() {
					best, chosen = o, s
				}
			}
		}
		if chosen == nil {
			p.out.Postponed = append(p.out.Postponed, Postponed{t.ID, ForRoom})
			continue
		}
		p.out.Decisions = append(p.out.Decisions, p.decision(t, chosen, best, slots, totals))
		p.give(t, chosen, best)
	}
}

// atOnce is the option of a technician who can set out now; for an emergency also of one who has not begun what is in hand.
func (p *planner) atOnce(t *task, s *slot) (o option, ok bool) {
	now := p.policy.Promise.Lead.Seconds()
	switch {
	case t.refused[s.index] != "":
		return o, false
	case s.room(p.policy) && s.free.at <= now:
		return p.option(t, s, s.free)
	case t.urgent() && len(s.gone) > 0 && s.early.at <= now:
		o, ok = p.option(t, s, s.early)
		o.preempts, o.Preemption = true, s.disturbance
	}
	return o, ok
}
