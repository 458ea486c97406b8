package whatif

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/linlihub/linli/services/dispatch/experience"
	"github.com/linlihub/linli/services/dispatch/plan"
)

var saturday = time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC) // 8 o'clock in China

// question has so many electricians for six tickets an hour, of which each is half an hour's work.
func question(crew int) Case {
	c := Case{
		District: "east", Begin: saturday, Policy: plan.Default(), Seed: 1,
		Kinds: map[string]experience.Kind{"light": {
			Skill: "electrical", Priorities: [4]float64{1, 2, 10, 5}, Standard: 30 * time.Minute,
			Promised: [4]time.Duration{15 * time.Minute, 30 * time.Minute, 30 * time.Minute, time.Hour},
		}},
		Places: []experience.Spot{{Lat: 30.25, Lon: 120.16}, {Lat: 30.26, Lon: 120.17}, {Lat: 30.24, Lon: 120.15}},
	}
	for range 4 {
		c.Expected = append(c.Expected, map[string]float64{"light": 6})
	}
	for i := range crew {
		c.Crew = append(c.Crew, plan.Technician{
			ID: fmt.Sprint("staff-", i), Skills: []string{"electrical"}, Districts: []string{"east"}, At: plan.Place{Lat: 30.25, Lon: 120.16},
			Certificates: []plan.Certificate{{Skill: "electrical", Name: "低压电工"}},
		})
	}
	return c
}

func TestFewerPeopleKeepFewerPromises(t *testing.T) {
	many, few := Imagine(question(8)), Imagine(question(3))
	if many.Tickets != few.Tickets || many.Tickets < 18 || many.Tickets > 30 {
		t.Errorf("%v and %v tickets of about 24", many.Tickets, few.Tickets)
	}
	if many.OnTime < .85 || few.OnTime > many.OnTime-.15 {
		t.Errorf("with eight %.3f are on time, with three %.3f", many.OnTime, few.OnTime)
	}
	if few.Hours[3].WaitMean < 2*many.Hours[3].WaitMean || few.Hours[3].WaitP90 < few.Hours[3].WaitMean {
		t.Errorf("in the last hour %+v and %+v", many.Hours[3], few.Hours[3])
	}
	if many.Loads[0].Busy > Overloaded || few.Loads[0].Busy < Overloaded {
		t.Errorf("the busiest of eight %+v, of three %+v", many.Loads[0], few.Loads[0])
	}
}

func TestTheSameQuestionHasTheSameAnswer(t *testing.T) {
	if a, b := Imagine(question(4)), Imagine(question(4)); !reflect.DeepEqual(a, b) {
		t.Errorf("%+v, then %+v", a, b)
	}
}

func TestNobodyAndNothing(t *testing.T) {
	if none := Imagine(question(0)); none.OnTime != 0 || none.Hours[0].WaitMean <= 0 {
		t.Errorf("with nobody: %+v", none)
	}
	still := question(2)
	still.Expected = make([]map[string]float64, 2)
	if answer := Imagine(still); answer.OnTime != 1 || answer.Tickets != 0 || len(answer.Hours) != 2 || answer.Loads[0].Busy != 0 {
		t.Errorf("when nothing comes: %+v", answer)
	}
}
