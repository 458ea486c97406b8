package plan

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// now is a Monday noon in China.
var now = time.Date(2025, 3, 24, 4, 0, 0, 0, time.UTC)

const minute = time.Minute

// at is a place some kilometres east of the origin of our town.
func at(km float64) Place { return Place{Lat: 30.25, Lon: 120.16 + km/96.1} }

// worker is on duty at the origin and may do everything ordinary.
func worker(id string, change ...func(*Technician)) Technician {
	t := Technician{ID: id, Skills: []string{"plumbing", "carpentry"}, Districts: []string{"east"}, OnDuty: true, At: at(0)}
	for _, c := range change {
		c(&t)
	}
	return t
}

// job is an ordinary one at the origin, opened just now.
func job(id string, change ...func(*Job)) Job {
	j := Job{ID: id, District: "east", Place: at(0), Skill: "plumbing", Priority: P3, Opened: now}
	for _, c := range change {
		c(&j)
	}
	return j
}

func urgent(j *Job)                       { j.Priority = P1 }
func pool(j *Job)                         { j.Pool = true }
func opened(ago time.Duration) func(*Job) { return func(j *Job) { j.Opened = now.Add(-ago) } }
func due(in time.Duration) func(*Job)     { return func(j *Job) { j.Due = now.Add(in) } }
func in(p Place) func(*Job)               { return func(j *Job) { j.Place = p } }

// holds gives a technician a visit of an ordinary job at the origin.
func holds(id string, s State, change ...func(*Job)) func(*Technician) {
	return func(t *Technician) {
		v := Visit{ID: "visit-" + id, Job: job(id, change...), State: s}
		if s >= UnderWay {
			v.Departed = now.Add(-5 * minute)
		}
		if s == OnSite {
			v.Arrived = now
		}
		t.Queue = append(t.Queue, v)
	}
}

func view(jobs []Job, technicians ...Technician) View {
	return View{Jobs: jobs, Technicians: technicians}
}

// given answers who got a job, or "".
func (o Outcome) given(id string) string {
	for _, d := range o.Decisions {
		if d.Job == id {
			return d.Staff
		}
	}
	return ""
}

func (o Outcome) decision(t *testing.T, id string) Decision {
	t.Helper()
	i := slices.IndexFunc(o.Decisions, func(d Decision) bool { return d.Job == id })
	if i < 0 {
		t.Fatalf("nobody got %s: %+v", id, o)
	}
	return o.Decisions[i]
}

// anyView draws a board of any shape, the sensible and the broken.
func anyView(t *rapid.T) View {
	p := Default()
	p.Capacity = rapid.IntRange(1, 3).Draw(t, "capacity")
	p.DailyCap = rapid.SampledFrom([]int{0, 3, 20}).Draw(t, "cap")
	v := View{Policy: p}
	for i := range rapid.IntRange(0, 6).Draw(t, "technicians") {
		v.Technicians = append(v.Technicians, anyTechnician(t, fmt.Sprintf("t%d", i)))
	}
	for i := range rapid.IntRange(0, 10).Draw(t, "jobs") {
		v.Jobs = append(v.Jobs, anyJob(t, fmt.Sprintf("j%d", i)))
	}
	return v
}

func anyTechnician(t *rapid.T, id string) Technician {
	w := Technician{
		ID: id, Skills: some(t, "skills", "plumbing", "electrical"), Districts: some(t, "districts", "east", "west"),
		OnDuty: rapid.IntRange(0, 4).Draw(t, "duty") > 0, DailyCap: rapid.IntRange(0, 4).Draw(t, "own cap"),
		DoneToday: rapid.IntRange(0, 3).Draw(t, "done"), At: anyPlace(t), Until: anyTime(t, "until"), Seen: anyTime(t, "seen"),
	}
	if rapid.Bool().Draw(t, "certified") {
		w.Certificates = []Certificate{{Skill: "electrical", From: now.Add(-time.Hour), Until: anyTime(t, "valid")}}
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "queue") {
		w.Queue = append(w.Queue, Visit{
			ID: fmt.Sprintf("v-%s-%d", id, i), Job: anyJob(t, fmt.Sprintf("q-%s-%d", id, i)),
			State: State(rapid.IntRange(0, 3).Draw(t, "state")), Departed: anyTime(t, "departed"), Arrived: anyTime(t, "arrived"),
		})
	}
	return w
}

func anyJob(t *rapid.T, id string) Job {
	j := Job{
		ID: id, District: rapid.SampledFrom([]string{"east", "east", "west", "north"}).Draw(t, "district"), Place: anyPlace(t),
		Skill: rapid.SampledFrom([]string{"", "plumbing", "electrical"}).Draw(t, "skill"), Priority: Priority(rapid.IntRange(-1, 5).Draw(t, "priority")),
		Opened: anyTime(t, "opened"), Due: anyTime(t, "due"), From: anyTime(t, "from"), To: anyTime(t, "to"),
		Standard: time.Duration(rapid.IntRange(-10, 600).Draw(t, "standard")) * minute, Pool: rapid.IntRange(0, 4).Draw(t, "pool") == 0,
		Excluded: some(t, "excluded", "t0", "t1"), Second: rapid.IntRange(0, 3).Draw(t, "second") == 0,
	}
	for _, staff := range some(t, "asked", "t0", "t2") {
		j.Asked = append(j.Asked, Asked{Staff: staff, At: anyTime(t, "asked at"), Declined: rapid.Bool().Draw(t, "declined")})
	}
	return j
}

func some(t *rapid.T, label string, of ...string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, len(of), rapid.ID[string]).Draw(t, label)
}

// anyTime is about now, or absent, or as wrong as a broken clock makes it.
func anyTime(t *rapid.T, label string) time.Time {
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(-600, 600), func(m int) time.Time { return now.Add(time.Duration(m) * minute) }),
		rapid.SampledFrom([]time.Time{{}, time.Unix(0, 0), now.AddDate(300, 0, 0)}),
	).Draw(t, label)
}

// anyPlace is in town, or nowhere on earth.
func anyPlace(t *rapid.T) Place {
	return rapid.OneOf(
		rapid.Map(rapid.Float64Range(-20, 20), at),
		rapid.SampledFrom([]Place{{}, {Lat: math.NaN(), Lon: 1}, {Lat: math.Inf(1), Lon: math.Inf(-1)}, {Lat: 1e300, Lon: 1e-300}}),
	).Draw(t, "place")
}
