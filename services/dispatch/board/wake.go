package board

import "time"

// restEvery is how often a board looks again at what only time changes: a ticket that waits for somebody better, an offer that may
// be made again, a technician who should have been there.
const restEvery = 30 * time.Second

// Restless says that time has changed something worth a look, though nothing happened.
func (b *Board) Restless(now time.Time) bool {
	return now.Sub(b.planned) >= restEvery && (b.waiting() || b.overdue(now) || b.emergencyInLine())
}

// Wake looks at the board as time goes on: offers lapse, what waits is decided anew, windows move.
func (b *Board) Wake(now time.Time) {
	b.ExpireDue(now)
	b.Replan(now)
	b.expect(now)
}

// waiting says whether any job that can be planned has no visit.
func (b *Board) waiting() bool {
	for _, j := range b.jobs {
		if j.plannable() {
			return true
		}
	}
	return false
}

// overdue says that somebody is later than the middle of what was told: the resident is told before the window is over.
func (b *Board) overdue(now time.Time) bool {
	for _, v := range b.visits {
		if (v.State == Accepted || v.State == UnderWay) && now.After(v.Window.From) {
			return true
		}
	}
	return false
}
