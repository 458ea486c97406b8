package board

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// Settings are the rules of offers. The zero value is ours.
type Settings struct {
	Policy plan.Policy
	// OfferLife is how long an offer may be answered: 3 min; an emergency's 60 s; one by hand 10 min.
	OfferLife, UrgentLife, ManualLife time.Duration
	// Singles is how many offers to one technician may lapse before everybody is asked 抢单: 2, of an emergency 1.
	Singles int
	// EtaStep is the least move of a window that is told: 2 min.
	EtaStep time.Duration
}

func (s Settings) withDefaults() Settings {
	s.OfferLife = cmp.Or(s.OfferLife, 3*time.Minute)
	s.UrgentLife = cmp.Or(s.UrgentLife, time.Minute)
	s.ManualLife = cmp.Or(s.ManualLife, 10*time.Minute)
	s.Singles = cmp.Or(s.Singles, 2)
	s.EtaStep = cmp.Or(s.EtaStep, 2*time.Minute)
	if s.Policy.Capacity == 0 {
		s.Policy = plan.Default()
	}
	return s
}

// Board is one district's board under change.
type Board struct {
	District string
	// Version is what the district's row must still have when the board is saved.
	Version int64

	settings    Settings
	newID       func() string
	jobs        map[string]*JobRow
	technicians map[string]*TechnicianRow
	visits      map[string]*VisitRow // open ones, and those that ended since load

	dirtyJobs, dirtyTechnicians, dirtyVisits map[string]bool
	changes                                  []Event
}

// New makes a board from its rows: open jobs, open visits and all technicians. newID names new visits.
func New(district string, version int64, s Settings, newID func() string, jobs []JobRow, technicians []TechnicianRow, visits []VisitRow) *Board {
	b := &Board{
		District: district, Version: version, settings: s.withDefaults(), newID: newID,
		jobs: map[string]*JobRow{}, technicians: map[string]*TechnicianRow{}, visits: map[string]*VisitRow{},
	}
	for i := range jobs {
		b.jobs[jobs[i].ID] = &jobs[i]
	}
	for i := range technicians {
		b.technicians[technicians[i].ID] = &technicians[i]
	}
	for i := range visits {
		b.visits[visits[i].ID] = &visits[i]
	}
	b.Settle()
	return b
}

// Dirty answers the rows that changed since New or Settle, in a stable order.
func (b *Board) Dirty() (jobs []JobRow, technicians []TechnicianRow, visits []VisitRow) {
	return pick(b.jobs, b.dirtyJobs), pick(b.technicians, b.dirtyTechnicians), pick(b.visits, b.dirtyVisits)
}

// Changed says whether there is anything to save or to tell.
func (b *Board) Changed() bool {
	return len(b.dirtyJobs)+len(b.dirtyTechnicians)+len(b.dirtyVisits)+len(b.changes) > 0
}

// Changes answers the events recorded since New or Settle.
func (b *Board) Changes() []Event { return slices.Clone(b.changes) }

// Settle says that everything is saved; what is over is forgotten.
func (b *Board) Settle() {
	b.dirtyJobs, b.dirtyTechnicians, b.dirtyVisits = map[string]bool{}, map[string]bool{}, map[string]bool{}
	b.changes = nil
	maps.DeleteFunc(b.jobs, func(_ string, j *JobRow) bool { return j.Closed })
	maps.DeleteFunc(b.visits, func(_ string, v *VisitRow) bool { return !v.State.Open() })
}

// Visit answers an open visit, or nil.
func (b *Board) Visit(id string) *VisitRow { return b.visits[id] }

// Job answers an open job, or nil.
func (b *Board) Job(id string) *JobRow { return b.jobs[id] }

// TraceOf answers the trace in which a job's ticket was opened; "" when the job has gone.
func (b *Board) TraceOf(job string) string {
	if j := b.jobs[job]; j != nil {
		return j.Trace
	}
	return ""
}

// Jobs answers all open jobs, the most urgent first.
func (b *Board) Jobs() []JobRow {
	all := values(b.jobs)
	slices.SortStableFunc(all, func(x, y JobRow) int {
		return cmp.Or(cmp.Compare(x.Priority, y.Priority), x.Opened.Compare(y.Opened))
	})
	return all
}

// Technicians answers all technicians by id.
func (b *Board) Technicians() []TechnicianRow { return values(b.technicians) }

// Knows says whether a technician is on the board.
func (b *Board) Knows(staff string) bool { return b.technicians[staff] != nil }

// Visits answers all open visits by id.
func (b *Board) Visits() []VisitRow { return values(b.visits) }

// NextDue is when the earliest offer expires or duty lapses; zero when nothing does.
func (b *Board) NextDue() (next time.Time) {
	for _, v := range b.visits {
		if v.State == Offered {
			next = earlier(next, v.Expires)
		}
	}
	for _, t := range b.technicians {
		next = earlier(next, t.LapsesAt)
	}
	return next
}

// earlier is the first of two times; a zero time never comes.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func pick[T any](all map[string]*T, dirty map[string]bool) []T {
	var rows []T
	for _, id := range slices.Sorted(maps.Keys(dirty)) {
		if row := all[id]; row != nil {
			rows = append(rows, *row)
		}
	}
	return rows
}

func values[T any](all map[string]*T) []T {
	rows := make([]T, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		rows = append(rows, *all[id])
	}
	return rows
}

// Waiting says whether any job has no visit.
func (b *Board) Waiting() bool {
	for _, j := range b.jobs {
		if j.VisitID == "" && !j.Closed {
			return true
		}
	}
	return false
}
