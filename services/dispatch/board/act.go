package board

import (
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// zone is China's one time zone; a day of visits is a day there.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// Accept takes an offer: exactly one of those asked succeeds (DOMAIN 4).
//
// Errors: ErrVisitUnknown (also for an offer to somebody else), ErrTaken, ErrOfferExpired, ErrVisitOver, ErrFull.
func (b *Board) Accept(visit, staff string, now time.Time) error {
	v, err := b.offered(visit, staff, now)
	if err != nil {
		return err
	}
	if v.Pool && b.full(staff) && !b.emergency(v) {
		return ErrFull.With("capacity", b.settings.Policy.Capacity)
	}
	b.answer(v, staff, OfferAccepted, "", now)
	v.settle(OfferTaken, now)
	v.Staff, v.State, v.AcceptedAt = staff, Accepted, now
	b.dirtyVisits[v.ID] = true
	b.announce(VisitAccepted, v, now, now)
	b.Replan(now)
	return nil
}

// full says that a technician holds as many visits as one may: whoever grabs fast must not hoard.
func (b *Board) full(staff string) bool {
	held := 0
	for _, v := range b.visits {
		if _, takesTime := planState[v.State]; takesTime && v.Staff == staff {
			held++
		}
	}
	return held >= b.settings.Policy.Capacity
}

func (b *Board) emergency(v *VisitRow) bool {
	j := b.jobs[v.JobID]
	return j != nil && j.Priority == plan.P1
}

// Decline says no to an offer. Errors as Accept.
func (b *Board) Decline(visit, staff, reason string, now time.Time) error {
	v, err := b.offered(visit, staff, now)
	if err != nil {
		return err
	}
	b.answer(v, staff, OfferDeclined, reason, now)
	b.Replan(now)
	return nil
}

// offered finds an open offer to a technician.
func (b *Board) offered(visit, staff string, now time.Time) (*VisitRow, error) {
	v := b.visits[visit]
	if v == nil {
		return nil, ErrVisitUnknown
	}
	o := v.offer(staff)
	switch {
	case o == nil:
		return nil, ErrVisitUnknown
	case o.Outcome == OfferTaken, v.State != Offered && v.Staff != staff:
		return nil, ErrTaken
	case o.Outcome == OfferExpired, v.State == Offered && !now.Before(v.Expires):
		return nil, ErrOfferExpired
	case v.State != Offered || o.Outcome != OfferOpen:
		return nil, ErrWrongState.With("state", v.State)
	}
	return v, nil
}

// answer settles one offer. When nobody is left who may answer, the visit lapses and the job waits again.
func (b *Board) answer(v *VisitRow, staff string, outcome Outcome, reason string, now time.Time) {
	o := v.offer(staff)
	o.Outcome, o.Answered, o.Reason = outcome, now, reason
	b.dirtyVisits[v.ID] = true
	if outcome == OfferAccepted {
		return
	}
	e := b.record(OfferLapsed, v, now)
	e.Staff, e.Name, e.Outcome, e.Reason = staff, b.name(staff), string(outcome), reason
	j := b.jobs[v.JobID]
	if j != nil {
		j.Asked = append(slices.Clone(j.Asked), plan.Asked{Staff: staff, At: now, Declined: outcome == OfferDeclined})
		b.dirtyJobs[j.ID] = true
	}
	if v.State == Offered && len(v.open()) == 0 {
		b.end(v, Lapsed, now)
		b.record(VisitLapsed, v, now)
		if j != nil {
			j.Lapsed++
		}
	}
}

// ExpireDue ends the offers whose time is over, and the duties that somebody forgot to end: what such a technician has
// accepted and not begun must not wait for tomorrow.
func (b *Board) ExpireDue(now time.Time) {
	for _, t := range b.Technicians() {
		if !t.LapsesAt.IsZero() && !now.Before(t.LapsesAt) {
			b.DutyEnded(t.ID, now)
		}
	}
	expired := false
	for _, row := range b.Visits() {
		v := b.visits[row.ID]
		if v.State != Offered || now.Before(v.Expires) {
			continue
		}
		for _, staff := range v.open() {
			b.answer(v, staff, OfferExpired, "", now)
		}
		expired = true
	}
	if expired {
		b.Replan(now)
	}
}

// Depart says that the technician is on the way. Errors: ErrVisitUnknown, ErrBusy, ErrWrongState.
func (b *Board) Depart(visit, staff string, now time.Time) error {
	v, err := b.mine(visit, staff, Accepted)
	if err != nil {
		return err
	}
	if b.outside(staff) {
		return ErrBusy
	}
	v.State, v.DepartedAt, v.Ride = UnderWay, notBefore(now, v.AcceptedAt), b.ride(v)
	v.Way += b.way(v)
	b.dirtyVisits[v.ID] = true
	b.announce(VisitDeparted, v, v.DepartedAt, now)
	b.Replan(now)
	return nil
}

// outside says that a technician is under way or at a door: nobody is at two.
func (b *Board) outside(staff string) bool {
	for _, v := range b.visits {
		if v.Staff == staff && (v.State == UnderWay || v.State == OnSite) {
			return true
		}
	}
	return false
}

// Arrive says that the technician is at the door. Errors: ErrVisitUnknown, ErrWrongState.
func (b *Board) Arrive(visit, staff string, now time.Time) error {
	v, err := b.mine(visit, staff, UnderWay)
	if err != nil {
		return err
	}
	v.State, v.ArrivedAt = OnSite, notBefore(now, v.DepartedAt)
	b.dirtyVisits[v.ID] = true
	b.learnFromArrival(v)
	if j := b.jobs[v.JobID]; j != nil {
		b.seen(staff, j.Place, now)
	}
	b.record(VisitArrived, v, v.ArrivedAt)
	b.Replan(now)
	return nil
}

// Finish says that the work is done; of two who came, the first says so. Errors: ErrVisitUnknown, ErrWrongState, ErrFirstFinishes.
func (b *Board) Finish(visit, staff, words, materials string, now time.Time) error {
	v, err := b.mine(visit, staff, OnSite)
	if err != nil {
		return err
	}
	if _, second := TicketOf(v.JobID); second {
		return ErrFirstFinishes
	}
	at := notBefore(now, v.ArrivedAt)
	b.end(v, Finished, at)
	if j := b.jobs[v.JobID]; j != nil {
		j.Closed = true
		b.dirtyJobs[j.ID] = true
		b.learnFromWork(v, j, at)
	}
	b.count(staff, at)
	e := b.record(VisitFinished, v, at)
	e.Words, e.Materials = words, materials
	b.Replan(now)
	return nil
}

// mine finds a visit that a technician holds and that is in one of the states.
func (b *Board) mine(visit, staff string, states ...State) (*VisitRow, error) {
	v := b.visits[visit]
	switch {
	case v == nil || v.Staff != staff:
		return nil, ErrVisitUnknown
	case !slices.Contains(states, v.State):
		return nil, ErrWrongState.With("state", v.State)
	}
	return v, nil
}

// MovePosition says where a technician is. Windows that move enough are told. It answers whether an advice ended with it.
func (b *Board) MovePosition(staff string, at plan.Place, now time.Time) (followed bool) {
	t := b.technicians[staff]
	advised := t != nil && t.Post.Known()
	b.seen(staff, at, now)
	b.expect(now)
	return advised && !t.Post.Known()
}

func (b *Board) seen(staff string, at plan.Place, now time.Time) {
	if t := b.technicians[staff]; t != nil && at.Known() { // a place that is none is as good as no news
		t.At, t.Seen = at, now
		b.followed(t)
		b.dirtyTechnicians[staff] = true
	}
}

func (b *Board) count(staff string, at time.Time) {
	t := b.technicians[staff]
	if t == nil {
		return
	}
	if day := at.In(zone).Format(time.DateOnly); t.Day != day {
		t.Day, t.DoneToday = day, 0
	}
	t.DoneToday++
	b.dirtyTechnicians[staff] = true
}

// notBefore corrects a clock that runs behind: nothing happens before what led to it.
func notBefore(now, earlier time.Time) time.Time {
	if now.Before(earlier) {
		return earlier
	}
	return now
}
