package policy

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"time"
)

// Calendar counts working time. Weeks repeat, and single days differ: public holidays, and make-up workdays 调休 that
// turn a weekend into workdays. Prefix sums over both make every question a binary search, however far apart the two
// instants are. The zero Calendar works round the clock. A Calendar is immutable.
type Calendar struct {
	week      Week
	beforeDay [7]time.Duration // working time of the week before each weekday
	perWeek   time.Duration    // 0 = round the clock
	odd       []oddDay         // ascending
	years     []int            // ascending; for which holidays are known
}

// Week is the windows of each day, indexed by time.Weekday.
type Week [7][]Window

// MakeUp is a day that works like a given weekday although it falls on a weekend.
type MakeUp struct {
	Date Date
	As   time.Weekday
}

type oddDay struct {
	day     int64
	windows []Window
	delta   time.Duration // against the plain week, of all odd days up to and including this one
}

// NewCalendar builds a calendar. A week without any window is refused, and so are windows that overlap, and a day that
// is both a holiday and a workday.
func NewCalendar(week Week, holidays []Date, makeUps []MakeUp) (Calendar, error) {
	c := Calendar{}
	for day, windows := range week {
		sorted, err := arrange(windows)
		if err != nil {
			return Calendar{}, fmt.Errorf("%s: %w", time.Weekday(day), err)
		}
		c.week[day] = sorted
		c.beforeDay[day] = c.perWeek
		c.perWeek += total(sorted)
	}
	if c.perWeek == 0 {
		return Calendar{}, ErrInvalid.With("reason", "no working window")
	}
	if err := c.mark(holidays, makeUps); err != nil {
		return Calendar{}, err
	}
	return c, nil
}

// Between is the working time in [a, b], and zero when b is not after a.
func (c Calendar) Between(a, b time.Time) time.Duration {
	if !b.After(a) {
		return 0
	}
	if c.perWeek == 0 {
		return b.Sub(a)
	}
	dayA, clockA := split(a)
	dayB, clockB := split(b)
	return c.before(dayB) + c.within(dayB, clockB) - c.before(dayA) - c.within(dayA, clockA)
}

// Add is the earliest instant by which d of working time has passed since a: eight hours from 09:00 on a day of 09–17
// is 17:00 of that day, not 09:00 of the next. With d ≤ 0 it is a itself.
func (c Calendar) Add(a time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return a
	}
	if c.perWeek == 0 {
		return a.Add(d)
	}
	day, clock := split(a)
	start := c.before(day)
	d += c.within(day, clock) // from now on counted from midnight
	span := c.reach(day, d)
	offset := sort.Search(span, func(i int) bool { return c.before(day+int64(i)+1)-start >= d })
	day += int64(offset)
	return at(day, c.clockAfter(day, d-(c.before(day)-start)))
}

// Working reports whether the instant lies in a window.
func (c Calendar) Working(t time.Time) bool {
	if c.perWeek == 0 {
		return true
	}
	day, clock := split(t)
	return slices.ContainsFunc(c.windows(day), func(w Window) bool { return w.From <= clock && clock < w.To })
}

// KnowsYear reports whether the holidays of a year are in the calendar. The State Council announces a year in the
// November before it; until they are entered, that year counts plain weeks.
func (c Calendar) KnowsYear(year int) bool {
	return c.perWeek == 0 || slices.Contains(c.years, year)
}

// mark enters the single days and their prefix sums.
func (c *Calendar) mark(holidays []Date, makeUps []MakeUp) error {
	for _, h := range holidays {
		c.odd = append(c.odd, oddDay{day: h.number()})
		c.years = append(c.years, h.Year)
	}
	for _, m := range makeUps {
		windows := c.week[m.As]
		if len(windows) == 0 {
			return ErrInvalid.With("reason", fmt.Sprintf("make-up workday %s is to work like a %s, which has no window", m.Date, m.As))
		}
		c.odd = append(c.odd, oddDay{day: m.Date.number(), windows: windows})
	}
	slices.SortFunc(c.odd, func(a, b oddDay) int { return cmp.Compare(a.day, b.day) })
	slices.Sort(c.years)
	c.years = slices.Compact(c.years)
	var delta time.Duration
	for i, o := range c.odd {
		if i > 0 && c.odd[i-1].day == o.day {
			return ErrInvalid.With("reason", fmt.Sprintf("%s is entered twice", DateOf(at(o.day, 0))))
		}
		delta += total(o.windows) - total(c.week[weekday(o.day)])
		c.odd[i].delta = delta
	}
	return nil
}

// before is the working time from a fixed far instant to the start of a day; only differences mean something.
func (c Calendar) before(day int64) time.Duration {
	sum := time.Duration(weekNumber(day))*c.perWeek + c.beforeDay[weekday(day)]
	if i := c.oddIndex(day); i > 0 {
		sum += c.odd[i-1].delta
	}
	return sum
}

// within is the working time of a day until a time of day.
func (c Calendar) within(day int64, until time.Duration) time.Duration {
	var sum time.Duration
	for _, w := range c.windows(day) {
		sum += w.worked(until)
	}
	return sum
}

// clockAfter is the time of day by which d of the day's working time has passed; d is positive and within the day.
func (c Calendar) clockAfter(day int64, d time.Duration) time.Duration {
	for _, w := range c.windows(day) {
		if d <= w.length() {
			return w.From + d
		}
		d -= w.length()
	}
	return fullDay
}

// reach is a number of days from day that surely hold d of working time.
func (c Calendar) reach(day int64, d time.Duration) int {
	days := 7 * (int64(d/c.perWeek) + 2)
	for start := c.before(day); c.before(day+days)-start < d; {
		days += 7 * int64(len(c.odd)+1)
	}
	return int(days)
}

func (c Calendar) windows(day int64) []Window {
	if i := c.oddIndex(day); i < len(c.odd) && c.odd[i].day == day {
		return c.odd[i].windows
	}
	return c.week[weekday(day)]
}

// oddIndex is the number of odd days before day.
func (c Calendar) oddIndex(day int64) int {
	i, _ := slices.BinarySearchFunc(c.odd, day, func(o oddDay, day int64) int { return cmp.Compare(o.day, day) })
	return i
}

func arrange(windows []Window) ([]Window, error) {
	sorted := slices.SortedFunc(slices.Values(windows), func(a, b Window) int { return cmp.Compare(a.From, b.From) })
	for i, w := range sorted {
		switch {
		case w.From < 0 || w.To > fullDay || w.From >= w.To:
			return nil, ErrInvalid.With("reason", fmt.Sprintf("window %s does not lie within one day", w))
		case i > 0 && w.From < sorted[i-1].To:
			return nil, ErrInvalid.With("reason", fmt.Sprintf("windows %s and %s overlap", sorted[i-1], w))
		}
	}
	return sorted, nil
}

func total(windows []Window) (sum time.Duration) {
	for _, w := range windows {
		sum += w.length()
	}
	return sum
}

// split is the day and the time of day of an instant in Zone, by arithmetic on integers alone.
func split(t time.Time) (day int64, clock time.Duration) {
	seconds := t.Unix() + int64(zoneOffset/time.Second)
	day = floorDiv(seconds, daySeconds)
	return day, time.Duration(seconds-day*daySeconds)*time.Second + time.Duration(t.Nanosecond())
}

func at(day int64, clock time.Duration) time.Time {
	return time.Unix(day*daySeconds, 0).Add(clock - zoneOffset).In(Zone)
}

// Day 0, 1970-01-01, was a Thursday; weeks start on Sunday as time.Weekday does.
func weekday(day int64) time.Weekday {
	return time.Weekday(day + int64(time.Thursday) - 7*weekNumber(day))
}

func weekNumber(day int64) int64 { return floorDiv(day+int64(time.Thursday), 7) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
