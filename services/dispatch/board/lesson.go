package board

import (
	"cmp"
	"time"
)

// ride is what the way to a visit is expected to take; zero when a place is not known.
func (b *Board) ride(v *VisitRow) time.Duration {
	t, j := b.technicians[v.Staff], b.jobs[v.JobID]
	if t == nil || j == nil || !t.At.Known() || !j.Place.Known() {
		return 0
	}
	return b.settings.Policy.Travel.Between(t.At, j.Place)
}

func (b *Board) learnFromArrival(v *VisitRow) {
	if v.Interrupted {
		return
	}
	b.lessons.Rode(v.Ride, v.ArrivedAt.Sub(v.DepartedAt), v.DepartedAt)
	for _, told := range v.Told {
		b.lessons.Came(told.State, told.Window, told.Reckoned, v.ArrivedAt)
	}
}

func (b *Board) learnFromWork(v *VisitRow, j *JobRow, end time.Time) {
	if !v.Interrupted {
		standard := cmp.Or(j.Standard, b.settings.Policy.Standard)
		b.lessons.Worked(j.Category, v.Staff, standard, end.Sub(v.ArrivedAt))
	}
}
