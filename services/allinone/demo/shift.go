package demo

import (
	"time"

	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
)

// shift is a working time of eight hours by the minute of the day on which it begins.
type shift struct{ start int32 }

// Four shifts cover the day; between nine and three two of them overlap, when most people call.
var (
	early = shift{7 * 60}
	day   = shift{9 * 60}
	late  = shift{15 * 60}
	night = shift{23 * 60}
)

// week is the shift on five days; the n-th employee of a group rests on another two than the one before.
func (s shift) week(n int) []*hrv1.Shift {
	var all []*hrv1.Shift
	for weekday := range 7 {
		if rest := (weekday - 3*n%7 + 14) % 7; rest > 1 {
			all = append(all, &hrv1.Shift{Weekday: int32(weekday), StartMinute: s.start, EndMinute: s.start + 8*60})
		}
	}
	return all
}

// Turn is one shift on one day.
type Turn struct{ Start, End time.Time }

// Covers says whether the turn has begun and not ended.
func (t Turn) Covers(now time.Time) bool { return !now.Before(t.Start) && now.Before(t.End) }

// NextTurn is the employee's turn that covers now, or the next one to come. The zero Turn is of somebody without shifts.
func (e Employee) NextTurn(now time.Time) Turn {
	var next Turn
	local := now.In(Zone)
	for ahead := -1; ahead <= 7; ahead++ { // one of yesterday may pass midnight
		date := time.Date(local.Year(), local.Month(), local.Day()+ahead, 0, 0, 0, 0, Zone)
		for _, s := range e.profile.GetShifts() {
			turn := Turn{date.Add(minutes(s.GetStartMinute())), date.Add(minutes(s.GetEndMinute()))}
			if time.Weekday(s.GetWeekday()) == date.Weekday() && now.Before(turn.End) && (next.End.IsZero() || turn.Start.Before(next.Start)) {
				next = turn
			}
		}
	}
	return next
}

func minutes(n int32) time.Duration { return time.Duration(n) * time.Minute }
