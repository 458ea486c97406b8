package registry_test

import (
	"errors"
	"testing"
	"time"

	"github.com/linlihub/linli/services/residents/registry"
)

func TestARoleHoldsFromItsFirstInstantUntilItsEnd(t *testing.T) {
	since := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	until := since.AddDate(0, 1, 0)
	for name, c := range map[string]struct {
		until, at time.Time
		want      bool
	}{
		"before":         {until, since.Add(-1), false},
		"at the start":   {until, since, true},
		"just before":    {until, until.Add(-1), true},
		"at the end":     {until, until, false},
		"without an end": {time.Time{}, until.AddDate(50, 0, 0), true},
	} {
		t.Run(name, func(t *testing.T) {
			o := registry.Occupancy{Since: since, Until: c.until}
			if got := o.HoldsAt(c.at); got != c.want {
				t.Errorf("HoldsAt(%v) = %v", c.at, got)
			}
		})
	}
	if err := (registry.Occupancy{Since: since, Until: since}).Check(); !errors.Is(err, registry.ErrDates) {
		t.Errorf("a role of no time was accepted: %v", err)
	}
}

func TestAddress(t *testing.T) {
	p := registry.Place{
		Home:      registry.Home{Entrance: "2单元", Number: "0501"},
		Community: registry.Community{Name: "春晓苑"}, Building: registry.Building{Name: "3栋"},
	}
	if got := p.Address(); got != "春晓苑 3栋 2单元 0501" {
		t.Error(got)
	}
}
