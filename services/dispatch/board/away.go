package board

import (
	"cmp"
	"slices"
	"time"
)

// Shared lists, of the technicians whose visits changed since New or Settle, those who work in other districts too, or only helped
// here: the boards there must hear of it.
func (b *Board) Shared() (staff []string) {
	for id := range b.dirtyVisits {
		t := b.technicians[b.visits[id].Staff]
		if t != nil && len(t.Districts) != 1 && !slices.Contains(staff, t.ID) {
			staff = append(staff, t.ID)
		}
	}
	return staff
}

// Until answers when a technician is expected to be done with a visit; zero: it takes no time of theirs.
func (v *VisitRow) Until(j *JobRow, usual time.Duration, now time.Time) time.Time {
	usual = cmp.Or(j.Standard, usual)
	switch v.State {
	case OnSite:
		return v.ArrivedAt.Add(usual)
	case Accepted, UnderWay:
		if v.Window.From.After(now) {
			return v.Window.From.Add(usual)
		}
		return now.Add(usual)
	case Offered, Paused, Finished, Withdrawn, Lapsed:
	}
	return time.Time{}
}

// Away says until when a technician works for another district; zero: no longer.
func (b *Board) Away(staff string, until, now time.Time) {
	t := b.technicians[staff]
	if t == nil || t.Away.IsZero() == until.IsZero() && t.Away.Sub(until).Abs() < b.settings.EtaStep {
		return
	}
	t.Away = until
	b.dirtyTechnicians[staff] = true
	b.Replan(now)
	b.expect(now)
}
