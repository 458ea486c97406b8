package board

import (
	"cmp"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// ride is what the way to a visit is expected to take; zero when a place is not known.
func (b *Board) ride(v *VisitRow) time.Duration {
	t, j := b.technicians[v.Staff], b.jobs[v.JobID]
	if t == nil || j == nil || !t.At.Known() || !j.Place.Known() {
		return 0
	}
	return b.settings.Policy.Travel.Between(t.At, j.Place)
}

// way is how far it is to a visit from where the technician is, in metres by the road as reckoned; zero when a place is not known.
func (b *Board) way(v *VisitRow) float64 {
	t, j := b.technicians[v.Staff], b.jobs[v.JobID]
	if t == nil || j == nil || !t.At.Known() || !j.Place.Known() {
		return 0
	}
	return plan.Distance(t.At, j.Place) * plan.Detour
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
