package replay

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func rowsAt(times ...string) []Row {
	var rows []Row
	for i, at := range times {
		rows = append(rows, Row{Number: i + 2, Key: at, Created: day(at)})
	}
	return rows
}

func TestSchedule(t *testing.T) {
	morning := []string{"2025-03-24 09:00:00", "2025-03-24 08:00:00", "2025-03-24 22:00:00", "2025-03-24 23:00:00"} // unsorted
	for name, c := range map[string]struct {
		rows   []string
		now    string
		want   []string
		shift  int
		behind int
		folded bool
	}{
		"on the file's own day": {
			morning, "2025-03-24 00:00:00",
			[]string{"2025-03-24 08:00:00", "2025-03-24 09:00:00", "2025-03-24 22:00:00", "2025-03-24 23:00:00"},
			0, 0, false,
		},
		"on the own day, late: what has passed opens at once": {
			morning, "2025-03-24 22:30:00",
			[]string{"2025-03-24 08:00:00", "2025-03-24 09:00:00", "2025-03-24 22:00:00", "2025-03-24 23:00:00"},
			0, 3, false,
		},
		"years later": {
			morning, "2026-11-24 06:00:00",
			[]string{"2026-11-24 08:00:00", "2026-11-24 09:00:00", "2026-11-24 22:00:00", "2026-11-24 23:00:00"},
			610, 0, false,
		},
		"later, and a quarter has passed": {
			morning, "2025-03-26 08:30:00",
			[]string{"2025-03-26 08:00:00", "2025-03-26 09:00:00", "2025-03-26 22:00:00", "2025-03-26 23:00:00"},
			2, 1, false,
		},
		"later, and more than a quarter has passed: tomorrow": {
			morning, "2025-03-26 10:30:00",
			[]string{"2025-03-27 08:00:00", "2025-03-27 09:00:00", "2025-03-27 22:00:00", "2025-03-27 23:00:00"},
			3, 0, false,
		},
		"the clock is before the file": {
			morning, "2025-03-20 07:00:00",
			[]string{"2025-03-20 08:00:00", "2025-03-20 09:00:00", "2025-03-20 22:00:00", "2025-03-20 23:00:00"},
			-4, 0, false,
		},
		"48 hours are kept": {
			[]string{"2025-03-24 08:00:00", "2025-03-26 08:00:00"},
			"2025-03-24 00:00:00",
			[]string{"2025-03-24 08:00:00", "2025-03-26 08:00:00"},
			0, 0, false,
		},
		"more are folded": {
			[]string{"2025-03-24 08:00:00", "2025-03-26 08:00:01", "2025-04-03 07:00:00"},
			"2025-03-24 00:00:00",
			[]string{"2025-03-24 07:00:00", "2025-03-24 08:00:00", "2025-03-24 08:00:01"},
			0, 0, true,
		},
		"folded and shifted": {
			[]string{"2020-03-24 08:00:00", "2025-03-26 09:00:00"},
			"2025-03-24 00:00:00",
			[]string{"2025-03-24 08:00:00", "2025-03-24 09:00:00"},
			1826, 0, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Schedule(rowsAt(c.rows...), day(c.now))
			var times []string
			for _, s := range got.Slots {
				times = append(times, s.At.In(Zone).Format(time.DateTime))
			}
			if diff := cmp.Diff(c.want, times); diff != "" {
				t.Error(diff)
			}
			if got.ShiftDays != c.shift || got.Behind != c.behind || got.Folded != c.folded {
				t.Errorf("shift %d behind %d folded %v", got.ShiftDays, got.Behind, got.Folded)
			}
			if said := len(got.remarks()) > 0; said != (c.shift != 0 || c.behind > 0 || c.folded) {
				t.Errorf("remarks %v", got.remarks())
			}
		})
	}
	if got := Schedule(nil, day("2025-03-24 00:00:00")); len(got.Slots) != 0 {
		t.Error(got)
	}
}
