package policy

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// plain works 09–17 on every day.
func plain(t testing.TB) Calendar { return calendar(t, everyDay("09:00-17:00"), nil, nil) }

// split day works Monday to Friday 08–12 and 13:30–18, has one holiday week and two make-up weekends.
func twoWindows(t testing.TB) Calendar {
	var week Week
	for day := time.Monday; day <= time.Friday; day++ {
		week[day] = windows("08:00-12:00", "13:30-18:00")
	}
	return calendar(t, week, dates("2025-01-28", "2025-01-29", "2025-01-30", "2025-01-31", "2025-02-03", "2025-02-04"),
		[]MakeUp{{date("2025-01-26"), time.Monday}, {date("2025-02-08"), time.Friday}})
}

func TestRule1_WorkingTime(t *testing.T) {
	nine, two := plain(t), twoWindows(t)
	for _, c := range []struct {
		name     string
		calendar Calendar
		from, to string
		want     time.Duration
	}{
		{"window 09–17: a whole day", nine, "2025-03-24 09:00", "2025-03-24 17:00", 8 * time.Hour},
		{"window 09–17: the night counts nothing", nine, "2025-03-24 17:00", "2025-03-25 09:00", 0},
		{"opened before the doors", nine, "2025-03-24 05:00", "2025-03-24 09:30", 30 * time.Minute},
		{"two windows: the noon break counts nothing", two, "2025-03-24 11:30", "2025-03-24 14:00", time.Hour},
		{"two windows: a whole day", two, "2025-03-24 00:00", "2025-03-25 00:00", 8*time.Hour + 30*time.Minute},
		{"weekend counts nothing", two, "2025-03-28 18:00", "2025-03-31 08:00", 0},
		{"make-up Sunday 2025-01-26 works 调休", two, "2025-01-26 08:00", "2025-01-26 18:00", 8*time.Hour + 30*time.Minute},
		{"make-up Saturday 2025-02-08 works 调休", two, "2025-02-08 00:00", "2025-02-09 00:00", 8*time.Hour + 30*time.Minute},
		{"Spring Festival counts nothing", two, "2025-01-27 18:00", "2025-02-05 08:00", 0},
		{"one week with one make-up day more", two, "2025-02-03 00:00", "2025-02-10 00:00", 4 * (8*time.Hour + 30*time.Minute)},
		{"five years apart", nine, "2025-01-01 00:00", "2030-01-01 00:00", 1826 * 8 * time.Hour},
		{"the zero calendar works round the clock", Calendar{}, "2025-03-28 18:00", "2025-03-31 08:00", 62 * time.Hour},
		{"backwards counts nothing", nine, "2025-03-24 12:00", "2025-03-24 11:00", 0},
		{"long before 1970", nine, "1899-12-30 00:00", "1900-01-01 00:00", 16 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.calendar.Between(moment(c.from), moment(c.to)); got != c.want {
				t.Errorf("Between(%s, %s) = %v, want %v", c.from, c.to, got, c.want)
			}
		})
	}
}

func TestRule1_DueInstants(t *testing.T) {
	nine, two := plain(t), twoWindows(t)
	for _, c := range []struct {
		name     string
		calendar Calendar
		from     string
		add      time.Duration
		want     string
	}{
		{"window 09–17, target 8 h, start 09:00: due 17:00 and not next morning", nine, "2025-03-24 09:00", 8 * time.Hour, "2025-03-24 17:00"},
		{"opened at night, due in the morning", nine, "2025-03-24 23:00", 30 * time.Minute, "2025-03-25 09:30"},
		{"opened in the noon break", two, "2025-03-24 12:30", 30 * time.Minute, "2025-03-24 14:00"},
		{"over the noon break", two, "2025-03-24 11:30", time.Hour, "2025-03-24 14:00"},
		{"exactly to the noon break", two, "2025-03-24 11:30", 30 * time.Minute, "2025-03-24 12:00"},
		{"over a weekend", two, "2025-03-28 17:30", time.Hour, "2025-03-31 08:30"},
		{"over Spring Festival", two, "2025-01-27 17:30", time.Hour, "2025-02-05 08:30"},
		{"onto a make-up Saturday 调休", two, "2025-02-07 17:30", time.Hour, "2025-02-08 08:30"},
		{"nothing to add", two, "2025-03-29 03:00", 0, "2025-03-29 03:00"},
		{"round the clock", Calendar{}, "2025-03-28 23:50", 30 * time.Minute, "2025-03-29 00:20"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.calendar.Add(moment(c.from), c.add); !got.Equal(moment(c.want)) {
				t.Errorf("Add(%s, %v) = %v, want %s", c.from, c.add, got, c.want)
			}
		})
	}
}

func TestCalendar_HalfAYearOfHolidaysIsWalkedOver(t *testing.T) {
	var off []Date
	for d := date("2025-01-02"); d != date("2025-07-02"); d = d.Next() {
		off = append(off, d)
	}
	c := calendar(t, everyDay("09:00-17:00"), off, nil)
	if got, want := c.Add(moment("2025-01-01 16:00"), 2*time.Hour), moment("2025-07-02 10:00"); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCalendar_Refuses(t *testing.T) {
	for name, build := range map[string]func() (Calendar, error){
		"rule 1: no window":      func() (Calendar, error) { return NewCalendar(Week{}, nil, nil) },
		"windows that overlap":   func() (Calendar, error) { return NewCalendar(Week{1: windows("08:00-12:00", "11:00-13:00")}, nil, nil) },
		"a window over midnight": func() (Calendar, error) { return NewCalendar(Week{1: windows("22:00-06:00")}, nil, nil) },
		"an empty window":        func() (Calendar, error) { return NewCalendar(Week{1: windows("08:00-08:00")}, nil, nil) },
		"a make-up day of no windows": func() (Calendar, error) {
			return NewCalendar(Week{1: windows("08:00-12:00")}, nil, []MakeUp{{date("2025-01-26"), time.Sunday}})
		},
		"holiday and workday at once": func() (Calendar, error) {
			return NewCalendar(Week{1: windows("08:00-12:00")}, dates("2025-01-26"), []MakeUp{{date("2025-01-26"), time.Monday}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := build(); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestCalendar_Properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyCalendar(t)
		a, d, e := anyTime(t, "a"), anySpan(t, "d"), anySpan(t, "e")
		due := c.Add(a, d)
		if got := c.Between(a, due); got != d {
			t.Fatalf("Between(a, Add(a, %v)) = %v", d, got)
		}
		if d > 0 && c.Between(a, due.Add(-1)) >= d {
			t.Fatalf("Add(a, %v) = %v is not the earliest instant", d, due)
		}
		if two := c.Add(due, e); !two.Equal(c.Add(a, d+e)) && e > 0 {
			t.Fatalf("Add is not additive: %v and %v", two, c.Add(a, d+e))
		}
		if c.Add(a, d+e).Before(due) {
			t.Fatal("Add is not monotone")
		}
		b := a.Add(d)
		m := b.Add(e)
		if c.Between(a, b)+c.Between(b, m) != c.Between(a, m) {
			t.Fatal("Between is not additive")
		}
		if w := c.Between(a, b); w < 0 || w > b.Sub(a) {
			t.Fatalf("working time %v of %v", w, b.Sub(a))
		}
		if back := c.Add(a, c.Between(a, b)); back.After(b) && !back.Equal(a) {
			t.Fatalf("Add(a, Between(a, b)) = %v is after b = %v", back, b)
		}
	})
}

// The oracle counts minute by minute, which is what the prefix sums must equal.
func TestCalendar_EqualsCountingMinutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyCalendar(t)
		a := moment("2025-01-20 00:00").Add(time.Duration(rapid.IntRange(0, 20*24*60).Draw(t, "minutes")) * time.Minute)
		b := a.Add(time.Duration(rapid.IntRange(0, 6*24*60).Draw(t, "length")) * time.Minute)
		var counted time.Duration
		for m := a; m.Before(b); m = m.Add(time.Minute) {
			if c.Working(m) {
				counted += time.Minute
			}
		}
		if got := c.Between(a, b); got != counted {
			t.Fatalf("Between(%v, %v) = %v, counted %v", a, b, got, counted)
		}
	})
}

func BenchmarkCalendar_AddTenYears(b *testing.B) {
	c, from := twoWindows(b), moment("2025-01-01 00:00")
	for b.Loop() {
		c.Add(from, 20000*time.Hour)
	}
}

func BenchmarkCalendar_BetweenTenYears(b *testing.B) {
	c, from, to := twoWindows(b), moment("2025-01-01 00:00"), moment("2035-01-01 00:00")
	for b.Loop() {
		c.Between(from, to)
	}
}

func anyCalendar(t *rapid.T) Calendar {
	choices := []string{"00:00-24:00", "00:00-00:01", "08:00-12:00", "13:30-18:00", "23:59-24:00"}
	var week Week
	for day := range week {
		for _, w := range choices[1:] {
			if rapid.Bool().Draw(t, "works") {
				week[day] = append(week[day], windows(w)...)
			}
		}
	}
	week[time.Wednesday] = windows(rapid.SampledFrom(choices).Draw(t, "wednesday"))
	var off []Date
	var up []MakeUp
	for d := date("2025-01-20"); d != date("2025-02-10"); d = d.Next() {
		switch rapid.IntRange(0, 4).Draw(t, "day") {
		case 0:
			off = append(off, d)
		case 1:
			up = append(up, MakeUp{d, time.Wednesday})
		}
	}
	c, err := NewCalendar(week, off, up)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func anyTime(t *rapid.T, label string) time.Time {
	return time.Unix(rapid.Int64Range(1_700_000_000, 1_800_000_000).Draw(t, label), rapid.Int64Range(0, 999_999_999).Draw(t, label+" ns"))
}

func anySpan(t *rapid.T, label string) time.Duration {
	return time.Duration(rapid.OneOf(
		rapid.Int64Range(0, int64(time.Minute)), rapid.Int64Range(0, int64(40*time.Hour)), rapid.Int64Range(0, int64(2000*time.Hour)),
	).Draw(t, label))
}

func everyDay(text ...string) (week Week) {
	for day := range week {
		week[day] = windows(text...)
	}
	return week
}

func windows(text ...string) (all []Window) {
	for _, one := range text {
		w, err := ParseWindow(one)
		if err != nil {
			panic(err)
		}
		all = append(all, w)
	}
	return all
}

func date(text string) Date {
	d, err := ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func dates(text ...string) (all []Date) {
	for _, one := range text {
		all = append(all, date(one))
	}
	return all
}

func moment(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, Zone)
	if err != nil {
		panic(err)
	}
	return t
}

func calendar(t testing.TB, week Week, off []Date, up []MakeUp) Calendar {
	t.Helper()
	c, err := NewCalendar(week, off, up)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
