package staff_test

import (
	"errors"
	"testing"
	"time"

	"github.com/linlihub/linli/services/hr/staff"
)

// monday is 2025-03-24 in China.
func monday(hour, minute int) time.Time {
	return time.Date(2025, 3, 24, hour, minute, 0, 0, staff.Zone)
}

func TestDutyEndsWithItsShift(t *testing.T) {
	day := staff.Shift{Weekday: int(time.Monday), StartMinute: 8 * 60, EndMinute: 17 * 60}
	night := staff.Shift{Weekday: int(time.Sunday), StartMinute: 22 * 60, EndMinute: 30 * 60}
	for name, c := range map[string]struct{ now, want time.Time }{
		"in the day shift":            {monday(8, 0), monday(17, 0)},
		"in yesterday's night shift":  {monday(1, 30), monday(6, 0)},
		"at the end of the shift":     {monday(17, 0), monday(17, 0).Add(8 * time.Hour)},
		"outside of any: eight hours": {monday(6, 30), monday(14, 30)},
	} {
		t.Run(name, func(t *testing.T) {
			e := staff.Employee{Shifts: []staff.Shift{day, night}}
			if !e.Start(c.now) || e.Start(c.now) {
				t.Error("starting duty is not idempotent")
			}
			if !e.Duty.Until.Equal(c.want) {
				t.Errorf("until %v, want %v", e.Duty.Until, c.want)
			}
			if !e.End(c.now) || e.End(c.now) || e.Duty.On(c.now) {
				t.Error("ending duty is not idempotent")
			}
		})
	}
}

// DOMAIN 10: overtime is an hour a day. A duty that nobody ends is over then, by itself.
func TestRule10_AForgottenDutyLapses(t *testing.T) {
	e := staff.Employee{Shifts: []staff.Shift{{Weekday: 1, StartMinute: 8 * 60, EndMinute: 17 * 60}}}
	e.Start(monday(8, 0))
	lapse := e.Duty.Until.Add(time.Hour)
	for at, on := range map[time.Time]bool{e.Duty.Until: true, lapse.Add(-time.Second): true, lapse: false, lapse.AddDate(0, 0, 1): false} {
		if e.Duty.On(at) != on {
			t.Errorf("on duty at %v: %v, want %v", at, !on, on)
		}
	}
	if !lapse.Equal(e.Duty.LapsesAt()) || e.End(lapse) {
		t.Error("what has lapsed can still be ended")
	}
}

func TestACertificateReplacesTheFormerOne(t *testing.T) {
	var e staff.Employee
	old := staff.Certificate{Skill: "electrical", Name: "低压电工", ValidFrom: monday(0, 0), ValidUntil: monday(12, 0)}
	renewed := old
	renewed.ValidUntil = monday(0, 0).AddDate(3, 0, 0)
	if err := errors.Join(e.SetCertificate(old), e.SetCertificate(renewed)); err != nil {
		t.Fatal(err)
	}
	if len(e.Certificates) != 1 || e.Certificates[0] != renewed {
		t.Errorf("certificates: %v", e.Certificates)
	}
	renewed.ValidUntil = renewed.ValidFrom
	if err := e.SetCertificate(renewed); !errors.Is(err, staff.ErrDates) {
		t.Errorf("a certificate of no time was taken: %v", err)
	}
}
