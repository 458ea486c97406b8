package policy

import (
	"fmt"
	"strings"
	"time"
)

// Zone is Asia/Shanghai. China keeps one time without daylight saving, so the fixed offset is exact for every date a
// ticket can have, and needs no zone database.
var Zone = time.FixedZone("Asia/Shanghai", int(zoneOffset/time.Second))

const (
	zoneOffset = 8 * time.Hour
	daySeconds = 24 * 60 * 60
	fullDay    = 24 * time.Hour
)

// Date is a day of the calendar in Zone, written 2026-02-15.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads 2026-02-15.
func ParseDate(text string) (Date, error) {
	t, err := time.ParseInLocation(time.DateOnly, text, Zone)
	if err != nil {
		return Date{}, fmt.Errorf("date %q is not YYYY-MM-DD", text)
	}
	return DateOf(t), nil
}

// DateOf is the day in Zone on which t falls.
func DateOf(t time.Time) Date {
	year, month, day := t.In(Zone).Date()
	return Date{year, month, day}
}

// String writes 2026-02-15.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Start is the first instant of the day.
func (d Date) Start() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, Zone) }

// Next is the following day.
func (d Date) Next() Date { return DateOf(d.Start().AddDate(0, 0, 1)) }

// MarshalText writes 2026-02-15.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2026-02-15.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// number counts days from 1970-01-01 in Zone.
func (d Date) number() int64 { day, _ := split(d.Start()); return day }

// Window is a stretch of working time within one day, written 08:00-12:00; it may end at 24:00.
type Window struct {
	From, To time.Duration // since midnight
}

// ParseWindow reads 08:00-12:00.
func ParseWindow(text string) (Window, error) {
	from, to, found := strings.Cut(text, "-")
	if !found {
		return Window{}, fmt.Errorf("window %q is not HH:MM-HH:MM", text)
	}
	var w Window
	var err error
	if w.From, err = parseClock(from); err != nil {
		return Window{}, err
	}
	if w.To, err = parseClock(to); err != nil {
		return Window{}, err
	}
	return w, nil
}

// String writes 08:00-12:00.
func (w Window) String() string { return formatClock(w.From) + "-" + formatClock(w.To) }

// MarshalText writes 08:00-12:00.
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads 08:00-12:00.
func (w *Window) UnmarshalText(text []byte) (err error) {
	*w, err = ParseWindow(string(text))
	return err
}

func (w Window) length() time.Duration { return w.To - w.From }

// worked is how much of the window lies before the given time of day.
func (w Window) worked(until time.Duration) time.Duration {
	return min(max(until-w.From, 0), w.length())
}

func parseClock(text string) (time.Duration, error) {
	if text == "24:00" {
		return fullDay, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fmt.Errorf("time of day %q is not HH:MM", text)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

func formatClock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d/time.Hour), int(d%time.Hour/time.Minute))
}
