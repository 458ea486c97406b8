package board

import (
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/experience"
	"github.com/linlihub/linli/services/dispatch/plan"
)

// JobOpened puts a ticket on the board, or its next cycle. A cycle that is known already changes nothing.
func (b *Board) JobOpened(j JobRow, now time.Time) {
	if old := b.jobs[j.ID]; old != nil {
		if old.Cycle >= j.Cycle {
			return
		}
		if v := b.visits[old.VisitID]; v != nil { // of the former cycle, which is over for whoever opened the next
			b.withdraw(v, "reopened", now)
		}
	}
	j.setAside()
	b.jobs[j.ID] = &j
	b.dirtyJobs[j.ID] = true
	if j.Aside == nil {
		b.lessons.Arrived(arrival(&j, now))
	}
	b.Replan(now)
}

func arrival(j *JobRow, now time.Time) experience.Arrival {
	a := experience.Arrival{
		Category: j.Category, Skill: j.Skill, Priority: int(j.Priority), At: j.Opened, Standard: j.Standard,
		Lat: j.Place.Lat, Lon: j.Place.Lon, Community: j.Place.Community,
	}
	if now.Before(a.At) { // a clock runs ahead elsewhere
		a.At = now
	}
	if !j.Due.IsZero() {
		a.Promised = j.Due.Sub(j.Opened)
	}
	return a
}

// JobClosed takes a ticket from the board: it was cancelled or is done. An open visit is withdrawn.
func (b *Board) JobClosed(id, reason string, now time.Time) {
	j := b.jobs[id]
	if j == nil {
		return
	}
	if v := b.visits[j.VisitID]; v != nil {
		b.withdraw(v, reason, now)
	}
	j.Closed = true
	b.dirtyJobs[id] = true
	b.Replan(now)
}

// JobPaused lets the technician of an accepted visit do other things until the work goes on.
func (b *Board) JobPaused(id string, now time.Time) {
	if v := b.visitOf(id); v != nil && v.Staff != "" && v.State != Offered && v.State != Paused {
		v.State, v.Interrupted = Paused, true
		b.dirtyVisits[v.ID] = true
		b.Replan(now)
	}
}

// JobResumed lets the work go on: on site when the technician says so, else the technician has to come again.
func (b *Board) JobResumed(id string, byVisitor bool, now time.Time) {
	v := b.visitOf(id)
	if v == nil || v.State != Paused {
		return
	}
	v.State = Accepted
	if byVisitor && !v.ArrivedAt.IsZero() && !b.outside(v.Staff) {
		v.State = OnSite
	}
	b.dirtyVisits[v.ID] = true
	b.Replan(now)
}

// TechnicianChanged adds or corrects a technician; duty and place are kept.
func (b *Board) TechnicianChanged(t TechnicianRow, now time.Time) {
	if old := b.technicians[t.ID]; old != nil {
		t.OnDuty, t.Until, t.LapsesAt, t.At, t.Seen = old.OnDuty, old.Until, old.LapsesAt, old.At, old.Seen
		t.Day, t.DoneToday, t.Away = old.Day, old.DoneToday, old.Away
		t.Post, t.Posted = old.Post, old.Posted
		b.keepLoan(&t, old)
	}
	t.setAside()
	b.technicians[t.ID] = &t
	b.dirtyTechnicians[t.ID] = true
	b.Replan(now)
}

// CertificateChanged replaces one certificate.
func (b *Board) CertificateChanged(staff string, c plan.Certificate, now time.Time) {
	t := b.technicians[staff]
	if t == nil {
		return
	}
	kept := make([]plan.Certificate, 0, len(t.Certificates)+1)
	for _, old := range t.Certificates {
		if old.Skill != c.Skill || old.Name != c.Name {
			kept = append(kept, old)
		}
	}
	t.Certificates = append(kept, c)
	t.setAside()
	b.dirtyTechnicians[staff] = true
	b.Replan(now)
}

// DutyStarted brings a technician to the board until the planned end, and takes the technician off it when the duty lapses.
func (b *Board) DutyStarted(staff string, at plan.Place, until, lapses, now time.Time) {
	t := b.technicians[staff]
	if t == nil {
		return
	}
	t.OnDuty, t.Until, t.LapsesAt = true, until, lapses
	b.dirtyTechnicians[staff] = true
	b.seen(staff, at, now)
	b.Replan(now)
}

// DutyEnded takes a technician from the board: visits not yet begun go back, those under way are finished.
func (b *Board) DutyEnded(staff string, now time.Time) {
	t := b.technicians[staff]
	if t == nil {
		return
	}
	t.OnDuty, t.Until, t.LapsesAt = false, time.Time{}, time.Time{}
	b.dirtyTechnicians[staff] = true
	for _, v := range b.Visits() {
		open := b.visits[v.ID]
		switch {
		case v.Staff == staff && (v.State == Offered || v.State == Accepted):
			b.withdraw(open, "off_duty", now)
		case v.Staff == "" && slices.Contains(open.open(), staff):
			b.answer(open, staff, OfferWithdrawn, "", now)
		}
	}
	b.Replan(now)
}

func (b *Board) visitOf(job string) *VisitRow {
	if j := b.jobs[job]; j != nil {
		return b.visits[j.VisitID]
	}
	return nil
}

// withdraw ends a visit before its work; the job waits again.
func (b *Board) withdraw(v *VisitRow, reason string, now time.Time) {
	to := v.open()
	v.settle(OfferWithdrawn, now)
	b.end(v, Withdrawn, now)
	e := b.record(VisitWithdrawn, v, now)
	e.Reason, e.To = reason, to
}

// end closes a visit and frees its job.
func (b *Board) end(v *VisitRow, s State, now time.Time) {
	v.State, v.EndedAt = s, now
	b.dirtyVisits[v.ID] = true
	if j := b.jobs[v.JobID]; j != nil && j.VisitID == v.ID {
		j.VisitID = ""
		b.dirtyJobs[j.ID] = true
	}
}
