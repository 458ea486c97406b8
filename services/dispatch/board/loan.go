package board

import (
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// A technician of a district that helps is lent 借调 to one that is pressed, and has a row on both boards. The row at home says
// LentTo and is left out of every plan; the row abroad says LentBy. Both change in one transaction, and only while the technician
// has nothing in hand: so nobody ever has work on two boards.

// Pressed answers the jobs that wait although they should not, the most urgent first: nobody of the district may do them, or what
// was promised is near or over. One for which a helper is here already is in good hands.
func (b *Board) Pressed(now time.Time) (jobs []plan.Job) {
	for _, j := range b.Jobs() {
		if b.waits(&j, now) && b.pressing(&j, now) && !b.helped(&j.Job, now) {
			jobs = append(jobs, j.Job)
		}
	}
	return jobs
}

func (b *Board) pressing(j *JobRow, now time.Time) bool {
	near := func(promised time.Time, slack time.Duration) bool {
		return !promised.IsZero() && promised.Sub(now) <= slack
	}
	return j.Stranded || j.Priority == plan.P1 || near(j.Due, b.settings.Policy.Promise.Slack) || near(j.Answer, 0)
}

// waits says that somebody should be sent for a job by now.
func (b *Board) waits(j *JobRow, now time.Time) bool {
	return j.plannable() && !j.From.After(now.Add(b.settings.Policy.AppointmentLead))
}

// helped says that somebody borrowed, with nothing in hand, may do a job.
func (b *Board) helped(j *plan.Job, now time.Time) bool {
	for _, t := range b.technicians {
		if t.LentBy != "" && !b.holds(t.ID) && b.may(j, t, now) {
			return true
		}
	}
	return false
}

func (b *Board) may(j *plan.Job, t *TechnicianRow, now time.Time) bool {
	worker := t.Technician
	worker.Districts = []string{j.District}
	if t.Day != now.In(zone).Format(time.DateOnly) {
		worker.DoneToday = 0
	}
	return len(b.settings.Policy.Refusals(j, &worker, now)) == 0
}

// holds says that a technician has an open visit or offer. Paused work counts as long as they are on duty: it goes on some day, and the
// board at home hears of it then as of everybody who works in several districts.
func (b *Board) holds(staff string) bool {
	t := b.technicians[staff]
	for _, v := range b.visits {
		mine := v.Staff == staff || slices.Contains(v.open(), staff)
		if mine && v.State.Open() && (v.State != Paused || t.OnDuty) {
			return true
		}
	}
	return false
}

// Spare answers who could be lent for a job elsewhere, the nearest: on duty, of this district alone, with nothing in hand, and of no
// use to any ticket that waits here. Empty: nobody.
func (b *Board) Spare(j plan.Job, now time.Time) (staff string) {
	var least time.Duration
	for _, t := range b.Technicians() {
		if !b.lendable(&t) || !b.may(&j, &t, now) || b.wanted(&t, now) {
			continue
		}
		if ride := b.settings.Policy.Travel.Between(t.At, j.Place); staff == "" || ride < least {
			staff, least = t.ID, ride
		}
	}
	return staff
}

func (b *Board) lendable(t *TechnicianRow) bool {
	return t.Aside == nil && t.OnDuty && t.LentTo == "" && t.LentBy == "" && t.Away.IsZero() && slices.Equal(t.Districts, []string{b.District}) &&
		!b.holds(t.ID)
}

// wanted says that a ticket waits on the board which the technician may do.
func (b *Board) wanted(t *TechnicianRow, now time.Time) bool {
	for _, j := range b.jobs {
		if b.waits(j, now) && b.may(&j.Job, t, now) {
			return true
		}
	}
	return false
}

// Lend parts with a technician, and answers the row that Borrow wants. Not ok: they cannot be lent any more.
func (b *Board) Lend(staff, to string) (lent TechnicianRow, ok bool) {
	t := b.technicians[staff]
	if t == nil || !b.lendable(t) {
		return lent, false
	}
	b.unadvise(t)
	lent = *t
	lent.LentBy, lent.Districts = b.District, []string{to}
	t.LentTo = to
	b.dirtyTechnicians[staff] = true
	return lent, true
}

// Borrow takes in who was lent.
func (b *Board) Borrow(t TechnicianRow, now time.Time) {
	b.technicians[t.ID] = &t
	b.dirtyTechnicians[t.ID] = true
	b.Replan(now)
}

// Loans answers the rows of who was lent by or to the district, by id.
func (b *Board) Loans() (rows []TechnicianRow) {
	for _, t := range b.Technicians() {
		if t.LentBy != "" || t.LentTo != "" {
			rows = append(rows, t)
		}
	}
	return rows
}

// Over says that a loan should end: the helper has nothing in hand, and nothing waits here that they may do.
func (b *Board) Over(staff string, now time.Time) bool {
	t := b.technicians[staff]
	return t != nil && t.LentBy != "" && !b.holds(staff) && (!t.OnDuty || !b.wanted(t, now))
}

// GiveBack parts with somebody borrowed, and answers the row that TakeBack wants. Not ok: they have work here, or are not borrowed.
func (b *Board) GiveBack(staff string) (lent TechnicianRow, ok bool) {
	t := b.technicians[staff]
	if t == nil || t.LentBy == "" || b.holds(staff) {
		return lent, false
	}
	lent = *t
	t.LentBy, t.Districts, t.OnDuty, t.Until, t.LapsesAt = "", nil, false, time.Time{}, time.Time{}
	b.dirtyTechnicians[staff] = true
	return lent, true
}

// TakeBack has a technician at home again, where the loan has left them and with what they did today.
func (b *Board) TakeBack(lent TechnicianRow, now time.Time) {
	t := b.technicians[lent.ID]
	if t == nil || t.LentTo == "" {
		return
	}
	t.LentTo, t.At, t.Seen, t.Day, t.DoneToday = "", lent.At, lent.Seen, lent.Day, lent.DoneToday
	b.dirtyTechnicians[t.ID] = true
	b.Replan(now)
}

// keepLoan carries a loan over to what hr tells anew of a technician. Who now works for the district that borrowed them stays there for
// good.
func (b *Board) keepLoan(t *TechnicianRow, old *TechnicianRow) {
	t.LentTo = old.LentTo
	if old.LentBy != "" && !slices.Contains(t.Districts, b.District) {
		t.LentBy, t.Districts = old.LentBy, old.Districts
	}
}
