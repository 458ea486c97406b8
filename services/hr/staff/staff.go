// Package staff is what the company knows of its employees: skills and the certificates that open them, shifts and duty.
// It does no I/O.
package staff

import (
	"slices"
	"time"

	"github.com/linlihub/linli/libs/fault"
)

// Faults of the staff register.
var (
	ErrUnknown       = fault.Define(fault.NotFound, "hr.not_found", "没有找到该员工", "no such employee")
	ErrUsernameTaken = fault.Define(fault.Conflict, "hr.username_taken", "用户名 {username} 已被使用", "the user name {username} is taken")
	ErrDates         = fault.Define(fault.Unprocessable, "hr.certificate_dates", "证书的失效时间须晚于生效时间", "a certificate must end after it begins")
	ErrPassword      = fault.Define(fault.Invalid, "hr.password", "员工 {staff} 的密码至少 8 个字符", "the password of {staff} must have at least 8 characters")
)

// Zone is China's one time zone; it has had no summer time since 1991.
var Zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// longestDuty bounds a duty outside of any shift: eight hours a day (劳动法 36).
const longestDuty = 8 * time.Hour

// overtime is what an employee may work on after the end of a shift (劳动法 41).
const overtime = time.Hour

// Point is a WGS 84 position in degrees.
type Point struct{ Lat, Lon float64 }

// Certificate opens a skill to dispatch while it is valid; a zero ValidUntil has no end.
type Certificate struct {
	Skill, Name           string
	ValidFrom, ValidUntil time.Time
}

// Check refuses a certificate that ends before it begins.
func (c Certificate) Check() error {
	if !c.ValidUntil.IsZero() && !c.ValidUntil.After(c.ValidFrom) {
		return ErrDates
	}
	return nil
}

// Shift is one planned working time of a week, in minutes of China's day; EndMinute may pass into the next day.
type Shift struct{ Weekday, StartMinute, EndMinute int }

// Employee is one member of staff. FullName and Phone are personal: sealed at rest, masked in answers.
type Employee struct {
	ID, Name, FullName, Phone string
	Roles, Districts, Skills  []string
	Certificates              []Certificate
	Shifts                    []Shift
	DailyCap                  int
	Base                      Point
	Duty                      Duty
}

// Duty is whether the employee works now. The zero Duty is off.
type Duty struct{ Since, Until time.Time }

// LapsesAt is when a duty that nobody ends is over: an hour of overtime after its end, and no more a day (劳动法 41).
func (d Duty) LapsesAt() time.Time { return d.Until.Add(overtime) }

// On says whether the employee is on duty now.
func (d Duty) On(now time.Time) bool { return !d.Since.IsZero() && now.Before(d.LapsesAt()) }

// SetCertificate adds a certificate or replaces the one of the same skill and name.
func (e *Employee) SetCertificate(c Certificate) error {
	if err := c.Check(); err != nil {
		return err
	}
	e.Certificates = slices.DeleteFunc(slices.Clone(e.Certificates), func(old Certificate) bool {
		return old.Skill == c.Skill && old.Name == c.Name
	})
	e.Certificates = append(e.Certificates, c)
	return nil
}

// Start begins duty until the end of the shift that covers now, or for eight hours. It says whether that changed anything:
// a duty whose end has passed, because somebody forgot to end it, does not keep the next one from beginning.
func (e *Employee) Start(now time.Time) bool {
	if e.Duty.On(now) && now.Before(e.Duty.Until) {
		return false
	}
	e.Duty = Duty{Since: now, Until: e.shiftEnd(now)}
	return true
}

// End ends duty, and says whether that changed anything. One that has lapsed is over, which the others know.
func (e *Employee) End(now time.Time) bool {
	was := e.Duty.On(now)
	e.Duty = Duty{}
	return was
}

// shiftEnd looks at the shifts that began today or yesterday: one of yesterday may pass midnight.
func (e *Employee) shiftEnd(now time.Time) time.Time {
	local := now.In(Zone)
	for back := range 2 {
		day := time.Date(local.Year(), local.Month(), local.Day()-back, 0, 0, 0, 0, Zone)
		for _, s := range e.Shifts {
			start, end := day.Add(minutes(s.StartMinute)), day.Add(minutes(s.EndMinute))
			if time.Weekday(s.Weekday) == day.Weekday() && !now.Before(start) && now.Before(end) {
				return end
			}
		}
	}
	return now.Add(longestDuty)
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }
