package board

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// TestABadTicketIsSetAsideAndTheOthersGoOn tells a board what cannot be: it is kept with a sentence that names the field, can be
// saved, and the next ticket finds somebody.
func TestABadTicketIsSetAsideAndTheOthersGoOn(t *testing.T) {
	for field, change := range map[string]func(*JobRow){
		"place.point":      func(j *JobRow) { j.Place.Lat = math.NaN() },
		"standard_minutes": func(j *JobRow) { j.Standard = -time.Minute },
		"appointment":      func(j *JobRow) { j.From, j.To = now.Add(2*time.Hour), now.Add(time.Hour) },
		"arrival_due":      func(j *JobRow) { j.Due = now.Add(-time.Hour) },
	} {
		t.Run(field, func(t *testing.T) {
			b := district("liu")
			b.JobOpened(ticket("bad", change), now)
			bad := b.Job("bad")
			if bad.Aside == nil || bad.Aside.Field != field || !strings.HasPrefix(bad.Aside.EN, field) || !strings.HasPrefix(bad.Aside.ZH, field) {
				t.Fatalf("set aside: %+v", bad.Aside)
			}
			if _, err := json.Marshal(bad); err != nil {
				t.Error(err)
			}
			if b.visitOf("bad") != nil || b.Restless(now.Add(time.Hour)) {
				t.Error("it is planned all the same")
			}
			_, err := b.Assign("bad", "liu", "chen", "快去", now)
			if !errors.Is(err, ErrSetAside) {
				t.Errorf("by hand: %v", err)
			}
			opened(t, b, ticket("good"))
			b.JobClosed("bad", "cancelled", now)
			if !b.Job("bad").Closed {
				t.Error("it cannot be cancelled")
			}
		})
	}
}

func TestALongJobIsSetAside(t *testing.T) {
	b := district("liu")
	b.JobOpened(ticket("long", func(j *JobRow) { j.Standard = 1_000_000 * time.Minute }), now)
	if a := b.Job("long").Aside; a == nil || !strings.Contains(a.EN, "1000000 minutes") {
		t.Errorf("set aside: %+v", a)
	}
}

func TestABadTechnicianIsSetAsideUntilCorrected(t *testing.T) {
	b := district("liu")
	bad := technician("liu")
	bad.Districts = []string{"east", "west", "east"}
	b.TechnicianChanged(bad, now)
	b.JobOpened(ticket("leak"), now)
	if a := b.technicians["liu"].Aside; a == nil || a.Field != "district_ids" || b.visitOf("leak") != nil {
		t.Fatalf("set aside: %+v, sent: %+v", a, b.visitOf("leak"))
	}
	b.TechnicianChanged(technician("liu"), now)
	if b.visitOf("leak") == nil {
		t.Error("corrected, and still nobody is sent")
	}
}

// FuzzJobOpened tells a board whatever there may be: it can be saved, and a good ticket still finds somebody.
func FuzzJobOpened(f *testing.F) {
	f.Add(30.2, 120.1, int64(40), int64(60), int64(0), int64(0), 3)
	f.Add(math.NaN(), math.Inf(1), int64(-5), int64(-1), int64(90), int64(30), 0)
	f.Add(91.0, 0.0, math.MaxInt64/int64(time.Minute), int64(1<<40), int64(-1<<40), int64(1<<40), -7)
	f.Fuzz(func(t *testing.T, lat, lon float64, standard, due, from, to int64, priority int) {
		at := func(minutes int64) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
		b := district("liu", "wang")
		b.JobOpened(ticket("any", func(j *JobRow) {
			j.Place = plan.Place{Lat: lat, Lon: lon}
			j.Standard, j.Due, j.From, j.To = time.Duration(standard)*time.Minute, at(due), at(from), at(to)
			j.Priority = plan.Priority(priority)
		}), now)
		b.MovePosition("wang", plan.Place{Lat: lon, Lon: lat}, now)
		jobs, technicians, visits := b.Dirty()
		for _, rows := range []any{jobs, technicians, visits} {
			if _, err := json.Marshal(rows); err != nil {
				t.Fatal(err)
			}
		}
		b.Experience().Dirty()
		opened(t, b, ticket("good", urgent))
	})
}
