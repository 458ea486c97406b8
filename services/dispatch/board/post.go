package board

import (
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// advise keeps where technicians with nothing to do had better wait 预置. An advice binds nobody and is told to nobody else.
func (b *Board) advise(moves []plan.Move, now time.Time) {
	for _, m := range moves {
		t := b.technicians[m.Staff]
		t.Post, t.Posted = m.To, now
		b.dirtyTechnicians[m.Staff] = true
	}
}

// unadvise takes an advice back.
func (b *Board) unadvise(t *TechnicianRow) {
	if t != nil && t.Post.Known() {
		t.Post, t.Posted = plan.Place{}, time.Time{}
		b.dirtyTechnicians[t.ID] = true
	}
}

// forgetAdvice takes back what is no longer good: to who went off duty, is lent or works elsewhere, and what is old.
func (b *Board) forgetAdvice(now time.Time) {
	for _, t := range b.technicians {
		if !t.OnDuty || t.LentTo != "" || !t.Away.IsZero() || now.Sub(t.Posted) >= b.settings.Policy.Posts.Lookout {
			b.unadvise(t)
		}
	}
}

// there is how near to a post a technician has followed the advice.
const there = 200 // metres

// followed ends an advice that was followed: the place is where the technician is.
func (b *Board) followed(t *TechnicianRow) {
	if t.Post.Known() && plan.Distance(t.At, t.Post) <= there {
		b.unadvise(t)
	}
}

// advisable says that there is somebody to be advised, so that a board plans although nothing waits.
func (b *Board) advisable() bool {
	if b.settings.Policy.Posts.Most <= 0 {
		return false
	}
	busy := map[string]bool{}
	for _, v := range b.visits {
		if _, takesTime := planState[v.State]; takesTime {
			busy[v.Staff] = true
		}
	}
	for _, t := range b.technicians {
		if t.OnDuty && t.LentTo == "" && !busy[t.ID] {
			return true
		}
	}
	return false
}
