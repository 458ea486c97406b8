package plan

// rescue takes emergencies from technicians who are still busy with something else, and gives each to somebody who can set out at
// once and will be there clearly sooner. When an emergency was given to them, they were the best; work takes longer than expected,
// and others finish early.
func (p *planner) rescue() {
	for _, s := range p.slots {
		for i := 1; i < len(s.keeps) && s.taken == 0; i++ {
			v := &s.keeps[i]
			if v.Job.Priority.known() == P1 && v.State < UnderWay && s.keeps[0].State >= UnderWay && p.rescued(s, i) {
				break // one of a technician at a time
			}
		}
	}
}

func (p *planner) rescued(s *slot, i int) bool {
	v := s.keeps[i]
	t := p.task(&v.Job)
	now, _ := p.option(&t, s, p.ends(s, s.keeps[:i]))
	slots := p.open(true)
	totals := make([]float64, len(slots))
	p.quote(&t, slots, totals)
	var to *slot
	var sooner option
	for j, other := range slots {
		if o, ok := p.best(&t, other); ok && other != s && p.saves(&t, o, now) && (to == nil || totals[j] < sooner.Total()) {
			to, sooner = other, o
		}
	}
	if to == nil {
		return false
	}
	p.out.Withdrawals = append(p.out.Withdrawals, Withdrawal{v.ID, v.Job.ID, s.ID, v.Job.ID})
	p.queue(s, append(s.keeps[:i:i], s.keeps[i+1:]...))
	d := p.decision(&t, to, sooner, slots, totals)
	d.RunnerUp, d.RunnerUpTotal = s.ID, now.Total()
	p.out.Decisions = append(p.out.Decisions, d)
	p.give(&t, to, sooner)
	return true
}

// saves says that it is worth it to change the technician of an emergency. Both are judged by when they are there in nine of ten
// cases, for work that goes on is less certain than a way. Who did not answer for it lately is no help.
func (p *planner) saves(t *task, o, now option) bool {
	sooner := now.arrive.surely() - o.arrive.surely()
	doubt := p.policy.Waiting * t.weight * (sooner - (now.arrive.at - o.arrive.at))
	return o.WaitS == 0 && o.Unanswered == 0 && sooner > p.policy.Rescue.Seconds() && o.Total() < now.Total()+doubt
}
