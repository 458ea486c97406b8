package plan

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestPolicy_RefusesWhatCannotBe(t *testing.T) {
	if f := (Policy{}).Check(); f != nil {
		t.Errorf("the zero policy is the default: %v", f)
	}
	for field, change := range map[string]func(*Policy){
		"weights":       func(p *Policy) { p.Weights = [4]float64{} },
		"promise":       func(p *Policy) { p.Promise = Promise{Worth: 1} },
		"promise.worth": func(p *Policy) { p.Promise.Worth = math.NaN() },
		"horizon":       func(p *Policy) { p.Horizon = -time.Minute },
		"capacity":      func(p *Policy) { p.Capacity = -1 },
	} {
		p := Default()
		change(&p)
		if f := p.Check(); f == nil || f.Field != field || !strings.HasPrefix(f.Error(), field) {
			t.Errorf("%s: %v", field, f)
		}
	}
}

func TestTechnician_RefusesWhatCannotBe(t *testing.T) {
	for field, change := range map[string]func(*Technician){
		"district_ids": func(w *Technician) { w.Districts = []string{"a", "b", "a"} },
		"daily_cap":    func(w *Technician) { w.DailyCap = -1 },
		"base":         func(w *Technician) { w.At.Lon = math.Inf(1) },
		"certificates": func(w *Technician) {
			w.Certificates = []Certificate{{Skill: "gas", Name: "gas", From: now, Until: now.Add(-time.Hour)}}
		},
	} {
		w := worker("liu", change)
		if f := w.Check(); f == nil || f.Field != field || !strings.HasPrefix(f.Error(), field) {
			t.Errorf("%s: %v", field, f)
		}
	}
}
