package replay

import (
	"slices"
	"time"
)

// Timetable says when, on the server's clock, each row is opened.
type Timetable struct {
	Slots []Slot // in order of time
	// ShiftDays is how many whole days were added to the file's dates.
	ShiftDays int
	// Folded says that the file spans more than two days and was laid onto one by time of day.
	Folded bool
	// Behind is how many rows lie before the clock: they open at once.
	Behind int
}

// Slot is one row at its time.
type Slot struct {
	At  time.Time
	Row Row
}

// longest is the span of a file that is replayed as it is; a longer one is folded onto one day.
const longest = 48 * time.Hour

// Schedule places rows on a clock that shows now: on the file's own day when the clock is there, else shifted by whole days
// to the clock's day, or to the one after it when more than a quarter of the rows would already lie behind the clock.
func Schedule(rows []Row, now time.Time) Timetable {
	if len(rows) == 0 {
		return Timetable{}
	}
	t := Timetable{}
	for _, r := range rows {
		t.Slots = append(t.Slots, Slot{r.Created, r})
	}
	slices.SortStableFunc(t.Slots, func(a, b Slot) int { return a.At.Compare(b.At) })
	first := dayOf(t.Slots[0].At)
	if t.Slots[len(t.Slots)-1].At.Sub(t.Slots[0].At) > longest {
		t.fold(first)
	}
	if t.ShiftDays = days(first, dayOf(now)); t.ShiftDays != 0 && 4*t.before(now) > len(t.Slots) {
		t.ShiftDays++
	}
	t.Behind = t.before(now)
	for i := range t.Slots {
		t.Slots[i].At = t.shifted(t.Slots[i].At)
	}
	return t
}

// fold lays every row onto one day by its time of day.
func (t *Timetable) fold(day time.Time) {
	t.Folded = true
	for i, s := range t.Slots {
		t.Slots[i].At = day.Add(s.At.Sub(dayOf(s.At)))
	}
	slices.SortStableFunc(t.Slots, func(a, b Slot) int { return a.At.Compare(b.At) })
}

// before counts the rows that, shifted, lie before an instant.
func (t *Timetable) before(now time.Time) (n int) {
	for _, s := range t.Slots {
		if t.shifted(s.At).Before(now) {
			n++
		}
	}
	return n
}

func (t *Timetable) shifted(at time.Time) time.Time { return at.In(Zone).AddDate(0, 0, t.ShiftDays) }

func dayOf(at time.Time) time.Time {
	at = at.In(Zone)
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, Zone)
}

// days between two midnights; the zone has no summer time.
func days(from, to time.Time) int { return int(to.Sub(from) / (24 * time.Hour)) }
