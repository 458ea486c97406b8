package plan

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// north is a place so many minutes' ride north of the corner, at 25 km/h with a detour of 1.3 and no door to find.
func north(minutes float64) Place {
	return Place{Lat: 30 + minutes/60*25/1.3/111.195, Lon: 120}
}

func forecast(perHour float64) *Forecast {
	f := &Forecast{Begin: morning, Works: []time.Duration{20 * time.Minute, 35 * time.Minute, 50 * time.Minute}}
	for range 4 {
		f.Hours = append(f.Hours, map[string]float64{"plumbing": perHour})
	}
	return f
}

func promised(id string, at Place, opened, standard time.Duration) Job {
	o := morning.Add(-opened)
	return Job{ID: id, District: "d", Place: at, Skill: "plumbing", Priority: P3, Opened: o, Due: o.Add(30 * time.Minute), Standard: standard}
}

// tonight is a job that is due in hours.
func tonight(id string, at Place) Job {
	j := promised(id, at, 0, 35*time.Minute)
	j.Due = morning.Add(8 * time.Hour)
	return j
}

// since is a job that was opened so long ago.
func since(ago time.Duration, j Job) Job {
	j.Opened = morning.Add(-ago)
	return j
}

// answered is a job whose resident was promised that somebody takes it in time.
func answered(j Job, in time.Duration) Job {
	j.Answer = morning.Add(in)
	return j
}

func plumber(id string, at Place, queue ...Visit) Technician {
	return Technician{ID: id, Skills: []string{"plumbing"}, Districts: []string{"d"}, OnDuty: true, At: at, Seen: morning, Queue: queue}
}

func onSite(at Place, rest time.Duration) Visit {
	return Visit{ID: "v", Job: Job{ID: "v", Place: at, Standard: rest}, State: OnSite, Arrived: morning}
}

func TestPromises(t *testing.T) {
	for name, c := range map[string]struct {
		perHour float64
		jobs    []Job
		crew    []Technician
		decided string // job of the first decision
		waits   map[string]Wait
	}{
		"under load the short job goes first": {
			8,
			[]Job{promised("long", north(3), 0, 100*time.Minute), promised("short", north(3), 0, 20*time.Minute)},
			[]Technician{plumber("a", north(1))},
			"short",
			map[string]Wait{"long": ForRoom},
		},
		"one that can be kept goes before one that cannot": {
			8,
			[]Job{promised("late", north(2), 40*time.Minute, 35*time.Minute), promised("good", north(6), 10*time.Minute, 35*time.Minute)},
			[]Technician{plumber("a", north(1))},
			"good",
			map[string]Wait{"late": ForRoom},
		},
		"who has starved goes before one that can be kept": {
			8,
			[]Job{promised("late", north(2), 6*time.Hour, 35*time.Minute), promised("good", north(6), 10*time.Minute, 35*time.Minute)},
			[]Technician{plumber("a", north(1))},
			"late",
			map[string]Wait{"good": ForRoom},
		},
		"a broken promise is still done when there is time": {
			.5,
			[]Job{promised("late", north(2), 40*time.Minute, 35*time.Minute)},
			[]Technician{plumber("a", north(1))},
			"late", nil,
		},
		"what is due in hours gives way to what is late": {
			.5,
			[]Job{tonight("tree", north(1)), promised("late", north(3), 40*time.Minute, 35*time.Minute)},
			[]Technician{plumber("a", north(1))},
			"late",
			map[string]Wait{"tree": ForRoom},
		},
		"but is done when nothing else is": {.5, []Job{tonight("tree", north(9))}, []Technician{plumber("a", north(1))}, "tree", nil},
		"somebody next door is free in a minute": {
			8,
			[]Job{promised("k", north(20), 5*time.Minute, 35*time.Minute)},
			[]Technician{plumber("far", north(1)), plumber("near", north(20), onSite(north(20), time.Minute))},
			"",
			map[string]Wait{"k": ForBetter},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := Default()
			p.Travel, p.Overrun = EBike{Door: time.Nanosecond}, time.Second
			out := Plan(View{Policy: p, Jobs: c.jobs, Technicians: c.crew, Forecast: forecast(c.perHour)}, morning)
			decided := ""
			if len(out.Decisions) > 0 {
				decided = out.Decisions[0].Job
			}
			waits := map[string]Wait{}
			for _, w := range out.Postponed {
				waits[w.Job] = w.Why
			}
			if decided != c.decided || len(waits) != len(c.waits) || len(c.waits) > 0 && !reflect.DeepEqual(waits, c.waits) {
				t.Fatalf("decided %q, waits %v; want %q, %v", decided, waits, c.decided, c.waits)
			}
		})
	}
}

// Walls take ninety minutes each. However many wait, and whatever else is expected, no mason is idle before them.
func TestLongWorkIsDoneByThoseWhoDoNothingElse(t *testing.T) {
	var walls []Job
	for i := range 40 {
		walls = append(walls, promised(fmt.Sprintf("wall-%02d", i), north(1), 0, 90*time.Minute))
		walls[i].Skill, walls[i].Due = "masonry", morning.Add(2*time.Hour)
	}
	mason := plumber("mason", north(1))
	mason.Skills = []string{"masonry"}
	flood := forecast(3600)
	flood.Hours[0]["masonry"], flood.Usual = 400, map[string]time.Duration{"masonry": 90 * time.Minute}
	out := Plan(View{Policy: Default(), Jobs: walls, Technicians: []Technician{mason}, Forecast: flood}, morning)
	if len(out.Decisions) != 1 || len(out.Postponed) != len(walls)-1 {
		t.Errorf("%d are begun and %d wait", len(out.Decisions), len(out.Postponed))
	}
}

// Of what is due in hours the older goes first though it is farther, but not before what is due soon.
func TestANightIsServedInTurn(t *testing.T) {
	old := since(3*time.Hour, tonight("old", north(9)))
	for first, other := range map[string]Job{
		"old":  tonight("young", north(2)),
		"soon": promised("soon", north(2), 0, 60*time.Minute),
	} {
		out := Plan(View{Jobs: []Job{old, other}, Technicians: []Technician{plumber("a", north(1))}, Forecast: forecast(1)}, morning)
		if len(out.Decisions) != 1 || out.Decisions[0].Job != first {
			t.Errorf("beside %s: %+v", other.ID, out.Decisions)
		}
	}
}

func TestWhoIsBusyIsAskedWhenTheAnswerIsDue(t *testing.T) {
	crew := []Technician{plumber("near", north(20), onSite(north(20), 10*time.Minute))}
	for left, asked := range map[time.Duration]bool{25 * time.Minute: false, 18 * time.Minute: true, -time.Minute: true} {
		j := answered(promised("k", north(20), 30*time.Minute-left, 35*time.Minute), left)
		j.Due = morning.Add(2 * time.Hour)
		out := Plan(View{Jobs: []Job{j}, Technicians: crew, Forecast: forecast(1)}, morning)
		if got := len(out.Decisions) > 0; got != asked {
			t.Errorf("with %v left the technician is asked: %v", left, got)
		}
	}
}

func TestPromisesAreExplained(t *testing.T) {
	v := View{Jobs: []Job{promised("k", north(5), 0, 35*time.Minute)}, Technicians: []Technician{plumber("a", north(1)), plumber("b", north(12))}, Forecast: forecast(1)}
	out := Plan(v, morning)
	if len(out.Decisions) != 1 {
		t.Fatalf("%+v", out)
	}
	d := out.Decisions[0]
	sum, promise := 0., false
	for _, part := range d.Score.Parts() {
		sum += part.Value
		promise = promise || part.Name == "promise" && part.Value < 0
	}
	if d.Staff != "a" || d.RunnerUp != "b" || d.RunnerUpTotal <= d.Total || sum != d.Total || !promise {
		t.Fatalf("%+v, parts sum to %v", d, sum)
	}
}

// crowded is a board of a town in a storm.
func crowded(jobs, crew int) View {
	r := rand.New(rand.NewPCG(1, 1))
	place := func() Place { return Place{Lat: 30 + r.Float64()*.108, Lon: 120 + r.Float64()*.125} }
	v := View{Forecast: forecast(110)}
	for i := range jobs {
		j := promised(fmt.Sprint("k", i), place(), time.Duration(r.IntN(7200))*time.Second, time.Duration(600+r.IntN(3000))*time.Second)
		v.Jobs = append(v.Jobs, j)
	}
	for i := range crew {
		at := place()
		v.Technicians = append(v.Technicians, plumber(fmt.Sprint("t", i), at, onSite(at, time.Duration(r.IntN(3600))*time.Second)))
	}
	v.Technicians[0].Queue = nil
	return v
}

func TestEveryJobHasOneFate(t *testing.T) {
	v := crowded(300, 20)
	out := Plan(v, morning)
	fates := map[string]int{}
	for _, d := range out.Decisions {
		fates[d.Job]++
	}
	for _, w := range out.Postponed {
		fates[w.Job]++
	}
	for _, j := range v.Jobs {
		if fates[j.ID] != 1 {
			t.Fatalf("%s has %d fates", j.ID, fates[j.ID])
		}
	}
	if !reflect.DeepEqual(out, Plan(v, morning)) {
		t.Fatal("a second look decides otherwise")
	}
}

func BenchmarkPromises(b *testing.B) {
	for _, size := range [][2]int{{200, 50}, {5000, 50}} {
		v := crowded(size[0], size[1])
		b.Run(fmt.Sprintf("%dx%d", size[1], size[0]), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Plan(v, morning)
			}
		})
	}
}
