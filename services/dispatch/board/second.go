package board

import (
	"slices"
	"strings"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// Work for two 双人作业. As long as the first technician has such a ticket in hand, it has a second job on the board, for whoever comes
// along 协助人员. That job waits, is planned, offered and ridden to like any other, so nobody is ever wanted at two doors; and it ends
// with the first's hold on the work. The first waits for nobody. What is told of a second's visit is told as such: see Event.Second.

// hands that work for two wants.
const hands = 2

// secondMark makes the id of a ticket's second job.
const secondMark = "+2"

// SecondOf answers the id of a ticket's second job.
func SecondOf(ticket string) string { return ticket + secondMark }

// TicketOf answers whose job one is, and whether it is the second's.
func TicketOf(job string) (ticket string, second bool) { return strings.CutSuffix(job, secondMark) }

// Ticket answers whose job it is.
func (j *JobRow) Ticket() string {
	ticket, _ := TicketOf(j.ID)
	return ticket
}

// pair sees to it that work for two has a second job as long as somebody has it in hand, and no longer. It answers whether anybody
// was let go.
func (b *Board) pair(now time.Time) (released bool) {
	var concerned []string
	for id, j := range b.jobs {
		if !j.Closed && (j.Second || j.Hands >= hands) {
			concerned = append(concerned, id)
		}
	}
	slices.Sort(concerned)
	for _, id := range concerned {
		j := b.jobs[id]
		ticket, _ := TicketOf(id)
		first := b.inHandsOf(ticket)
		switch second := b.jobs[SecondOf(ticket)]; {
		case j.Second && (first == "" || first != j.First):
			released = b.release(j, now) || released
		case !j.Second && first != "" && (second == nil || second.Closed):
			b.jobs[SecondOf(ticket)] = j.second(first, b.name(first), now)
			b.dirtyJobs[SecondOf(ticket)] = true
		}
	}
	return released
}

// inHandsOf is who has accepted a ticket and is not yet done; "": nobody, or the work is paused.
func (b *Board) inHandsOf(ticket string) string {
	v := b.visitOf(ticket)
	if v != nil && (v.State == Accepted || v.State == UnderWay || v.State == OnSite) {
		return v.Staff
	}
	return ""
}

// second is the job of whoever comes along. It is of the moment: no promise was given for it, and nobody was asked yet.
func (j *JobRow) second(first, name string, now time.Time) *JobRow {
	s := *j
	s.ID, s.Second, s.First, s.FirstName = SecondOf(j.ID), true, first, name
	s.Excluded = append(slices.Clone(j.Excluded), first)
	s.Skill = ""
	if j.SecondCertified {
		s.Skill = j.Skill
	}
	s.Opened, s.Due, s.Answer, s.Asked = now, time.Time{}, time.Time{}, nil
	s.VisitID, s.Stranded, s.Lapsed = "", false, 0
	return &s
}

// release ends a second's job, and the visit if there is one: its work is done when the first has finished.
func (b *Board) release(j *JobRow, now time.Time) bool {
	v := b.visits[j.VisitID]
	lead := b.jobs[j.Ticket()]
	finished := lead == nil || lead.Closed
	switch {
	case v != nil && finished && v.State == OnSite:
		b.end(v, Finished, now)
		b.count(v.Staff, now)
		b.record(VisitFinished, v, now).Reason = "finished"
	case v != nil && finished:
		b.withdraw(v, "finished", now)
	case v != nil:
		b.withdraw(v, "released", now)
	}
	j.Closed = true
	b.dirtyJobs[j.ID] = true
	return v != nil
}

// goesAlone tells of jobs of seconds that wait because all who may come along are busy.
func (b *Board) goesAlone(postponed []plan.Postponed, now time.Time) {
	for _, p := range postponed {
		if b.jobs[p.Job].Second && p.Why == plan.ForRoom {
			b.strand([]plan.Stranded{{Job: p.Job}}, now)
		}
	}
}

// toAssign is the job of a ticket that a dispatcher means: the second's when the first has the work and nobody comes along yet.
func (b *Board) toAssign(ticket string) *JobRow {
	j, second := b.jobs[ticket], b.jobs[SecondOf(ticket)]
	if j != nil && j.VisitID != "" && second != nil && second.plannable() {
		return second
	}
	return j
}
