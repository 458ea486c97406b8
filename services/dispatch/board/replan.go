package board

import (
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// Replan decides for every job that waits, and applies what was decided.
func (b *Board) Replan(now time.Time) {
	b.planned = now
	b.pair(now)
	b.forgetAdvice(now)
	var waiting []plan.Job
	for _, j := range b.jobs { // in any order: a plan does not depend on it
		if j.plannable() {
			waits := j.Job
			waits.Pool = b.asksAll(j)
			waiting = append(waiting, waits)
		}
	}
	if len(waiting) == 0 && !b.emergencyInLine() && !b.advisable() {
		return
	}
	out := plan.Plan(b.view(waiting, now), now)
	for _, w := range out.Withdrawals {
		reason := "preempted"
		if w.For == w.Job { // somebody else will be there sooner: to the resident that is no disturbance
			reason = "transferred"
		} else {
			b.visits[w.Visit].GaveWayTo = w.For
		}
		b.withdraw(b.visits[w.Visit], reason, now)
	}
	for _, d := range out.Decisions {
		b.offer(d, now)
	}
	b.strand(out.Stranded, now)
	for _, p := range out.Postponed { // somebody may do it again: the next time nobody may is to be told
		if j := b.jobs[p.Job]; j.Stranded && !j.Second {
			j.Stranded, b.dirtyJobs[j.ID] = false, true
		}
	}
	b.goesAlone(out.Postponed, now)
	b.expectAll(out.Arrivals, now)
	b.advise(out.Moves, now)
	if len(out.Withdrawals) > 0 && b.pair(now) { // whoever came along to one that an emergency called away is free
		b.Replan(now)
	}
}

// emergencyInLine says that an emergency is behind other work, though it has a visit: somebody else may come to be there sooner.
func (b *Board) emergencyInLine() bool {
	for _, v := range b.visits {
		if (v.State == Offered || v.State == Accepted) && v.Staff != "" && b.emergency(v) && b.outside(v.Staff) {
			return true
		}
	}
	return false
}

// view is all that a decision depends on; the same view decides the same.
func (b *Board) view(waiting []plan.Job, now time.Time) plan.View {
	return plan.View{Policy: b.policy(), Jobs: waiting, Technicians: b.workers(now), Forecast: b.lessons.Forecast(now)}
}

// policy is the company's with what the board has learned.
func (b *Board) policy() plan.Policy {
	p := b.settings.Policy
	p.Pace = b.lessons.Pace()
	return p
}

// asksAll says that so many single offers lapsed that everybody is asked now.
func (b *Board) asksAll(j *JobRow) bool {
	if j.Priority == plan.P1 {
		return j.Lapsed >= 1
	}
	return j.Lapsed >= b.settings.Singles
}

// workers are the technicians with their queues, in the order of work: what is begun first, then by acceptance.
func (b *Board) workers(now time.Time) []plan.Technician {
	queues := map[string][]plan.Visit{}
	for _, v := range b.inOrder() {
		state, takesTime := planState[v.State]
		j := b.jobs[v.JobID]
		if !takesTime || j == nil {
			continue
		}
		open := plan.Visit{ID: v.ID, Job: j.Job, State: state, Departed: v.DepartedAt, Arrived: v.ArrivedAt}
		if v.Staff != "" {
			queues[v.Staff] = append(queues[v.Staff], open)
		}
	}
	today := now.In(zone).Format(time.DateOnly)
	all := make([]plan.Technician, 0, len(b.technicians))
	for _, t := range b.Technicians() {
		if t.Aside != nil || t.LentTo != "" {
			continue
		}
		worker := t.Technician
		worker.Queue = queues[t.ID]
		if t.Day != today {
			worker.DoneToday = 0
		}
		all = append(all, worker)
	}
	return all
}

var planState = map[State]plan.State{Offered: plan.Offered, Accepted: plan.Accepted, UnderWay: plan.UnderWay, OnSite: plan.OnSite}

func (b *Board) inOrder() []VisitRow {
	all := b.Visits()
	slices.SortStableFunc(all, ByPlan)
	return all
}

// offer makes a visit of a decision and asks the technician, or everybody.
func (b *Board) offer(d plan.Decision, now time.Time) *VisitRow {
	j := b.jobs[d.Job]
	life := b.settings.OfferLife
	if j.Priority == plan.P1 {
		life = b.settings.UrgentLife
	}
	v := &VisitRow{
		ID: b.newID(), JobID: j.ID, Cycle: j.Cycle, State: Offered, Offered: now, Expires: now.Add(life),
		Window: d.Arrival, Decision: d,
	}
	asked := []string{d.Staff}
	if len(d.Pool) > 0 {
		v.Pool, asked = true, d.Pool
	} else {
		v.Staff = d.Staff
	}
	for _, staff := range asked {
		b.unadvise(b.technicians[staff])
		v.Asked = append(v.Asked, OfferRow{Staff: staff, Offered: now, Outcome: OfferOpen})
	}
	b.place(v, j)
	e := b.record(VisitOffered, v, now)
	e.To, e.Expires = asked, v.Expires
	return v
}

func (b *Board) place(v *VisitRow, j *JobRow) {
	b.visits[v.ID] = v
	j.VisitID, j.Stranded = v.ID, false
	b.dirtyVisits[v.ID], b.dirtyJobs[j.ID] = true, true
}

// strand tells once that nobody may do a job.
func (b *Board) strand(stranded []plan.Stranded, now time.Time) {
	for _, s := range stranded {
		j := b.jobs[s.Job]
		if j.Stranded {
			continue
		}
		j.Stranded = true
		b.dirtyJobs[j.ID] = true
		e := Event{Kind: NoCandidate, Second: j.Second, JobID: j.Ticket(), Cycle: j.Cycle, At: now, Reasons: s.Reasons}
		b.changes = append(b.changes, e)
	}
}

// announce tells of a step with the window as it is now, so that the window's move needs no event of its own.
func (b *Board) announce(kind Kind, v *VisitRow, at, now time.Time) {
	for _, t := range b.workers(now) {
		for _, a := range b.policy().Arrivals(&t, now) {
			if a.Visit == v.ID {
				v.Window = a.Window
				if _, second := TicketOf(v.JobID); !second { // what nobody was promised is not held against the arrival
					v.Told = append(v.Told, Told{planState[v.State], now, a.Window, a.Reckoned})
				}
			}
		}
	}
	b.record(kind, v, at)
	b.expect(now)
}

// expect looks anew at when everybody arrives.
func (b *Board) expect(now time.Time) {
	for _, t := range b.workers(now) {
		b.expectAll(b.policy().Arrivals(&t, now), now)
	}
}

// expectAll keeps windows that moved enough, and tells them once the visit is accepted.
func (b *Board) expectAll(arrivals []plan.Arrival, now time.Time) {
	for _, a := range arrivals {
		v := b.visits[a.Visit]
		if v == nil || !a.Window.Moved(v.Window, b.settings.EtaStep) {
			continue
		}
		v.Window = a.Window
		b.dirtyVisits[v.ID] = true
		if v.State == Accepted || v.State == UnderWay {
			b.record(EtaChanged, v, now)
		}
	}
}

// Assign offers a waiting job to a chosen technician; of work for two that one has in hand, the second's. A dispatcher may overrule
// skill, district and limits with a reason, but not a missing certificate or somebody who is not on duty.
//
// Errors: ErrJobUnknown, ErrAlreadyOut, ErrStaffUnknown, ErrNotEligible.
func (b *Board) Assign(job, staff, by, reason string, now time.Time) (VisitRow, error) {
	j := b.toAssign(job)
	switch {
	case j == nil:
		return VisitRow{}, ErrJobUnknown
	case j.VisitID != "":
		return VisitRow{}, ErrAlreadyOut
	}
	if err := b.mayBeSent(j, staff, now); err != nil {
		return VisitRow{}, err
	}
	return b.assign(j, staff, by, reason, now), nil
}

// Transfer withdraws the open visit of a job and offers it to another technician. Errors: ErrJobUnknown,
// ErrNothingToMove, ErrStaffUnknown, ErrNotEligible.
func (b *Board) Transfer(job, staff, by, reason string, now time.Time) (VisitRow, error) {
	j := b.jobs[job]
	switch {
	case j == nil:
		return VisitRow{}, ErrJobUnknown
	case b.visits[j.VisitID] == nil:
		return VisitRow{}, ErrNothingToMove
	}
	if err := b.mayBeSent(j, staff, now); err != nil {
		return VisitRow{}, err
	}
	b.withdraw(b.visits[j.VisitID], "transferred", now)
	v := b.assign(j, staff, by, reason, now)
	b.Replan(now)
	return v, nil
}

func (b *Board) mayBeSent(j *JobRow, staff string, now time.Time) error {
	t := b.technicians[staff]
	switch {
	case t == nil:
		return ErrStaffUnknown
	case j.Aside != nil:
		return asideFault(j.Aside)
	case t.Aside != nil:
		return asideFault(t.Aside)
	case t.LentTo != "":
		return ErrLent.With("district", t.LentTo)
	case j.Second && staff == j.First:
		return ErrNotEligible.With("reason", string(plan.Excluded))
	}
	for _, r := range b.settings.Policy.Refusals(&j.Job, &t.Technician, now) {
		if r == plan.NotOnDuty || r == plan.CertificateExpired {
			return ErrNotEligible.With("reason", string(r))
		}
	}
	return nil
}

func (b *Board) assign(j *JobRow, staff, by, reason string, now time.Time) VisitRow {
	d, _ := plan.ByHand(b.view(nil, now), j.Job, staff, now) // mayBeSent has found the technician
	v := b.offer(d, now)
	v.By, v.Reason, v.Expires = by, reason, now.Add(b.settings.ManualLife)
	e := &b.changes[len(b.changes)-1]
	e.Manual, e.Expires = true, v.Expires
	return *v
}
