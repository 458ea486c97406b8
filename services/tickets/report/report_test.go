package report_test

import (
	"testing"
	"time"

	"github.com/linlihub/linli/services/tickets/report"
	"github.com/linlihub/linli/services/tickets/ticket"
)

// life is one ticket: how long after its posting each thing happened, in minutes; 0 is never.
type life struct {
	district  string
	category  ticket.Category
	accepted  int
	arrived   int
	finished  int
	cancelled bool
	stars     int
	returned  bool
}

const target = 30 * time.Minute

var posted = time.Date(2025, 3, 24, 1, 0, 0, 0, time.UTC)

// tell makes the snapshot and the clocks of a life as they stand two hours later. All promises are half an hour.
func (l life) tell() (*ticket.Snapshot, ticket.Clocks) {
	s := &ticket.Snapshot{Category: l.category, Place: ticket.Place{DistrictID: l.district}, Stage: ticket.StateOpened}
	cycle := ticket.Cycle{Posted: posted}
	if l.arrived > 0 {
		cycle.Arrived = posted.Add(minutes(l.arrived))
	}
	switch {
	case l.cancelled:
		s.Stage = ticket.StateCancelled
	case l.finished > 0:
		s.Stage = ticket.StateFinished
	}
	if l.stars > 0 {
		s.Ratings = []ticket.Rating{{Stars: l.stars}}
	}
	first := ticket.CycleClocks{Cycle: cycle, Response: l.clock(l.accepted), Arrival: l.clock(l.arrived)}
	clocks := ticket.Clocks{Cycles: []ticket.CycleClocks{first}, Resolution: l.clock(l.finished)}
	if l.returned { // the next cycle has just begun
		clocks.Cycles = append(clocks.Cycles, ticket.CycleClocks{Cycle: ticket.Cycle{Posted: posted}, Response: running, Arrival: running})
	}
	return s, clocks
}

var running = ticket.Clock{Target: target, Used: time.Minute}

func (l life) clock(reached int) ticket.Clock {
	switch {
	case reached > 0:
		return ticket.Clock{Target: target, Used: minutes(reached), Kept: minutes(reached) <= target}
	case l.cancelled: // within a minute
		return ticket.Clock{Target: target, Used: time.Minute}
	}
	return ticket.Clock{Target: target, Used: 2 * time.Hour}
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

func TestTally(t *testing.T) {
	var tally report.Tally
	for _, l := range []life{
		{district: "d1", category: "lift", accepted: 1, arrived: 10, finished: 20, stars: 5},
		{district: "d1", category: "lift", accepted: 1, arrived: 40, finished: 50, stars: 2, returned: true},
		{district: "d1", category: "noise", cancelled: true},
		{district: "d2", category: "lift"}, // nobody came for two hours
	} {
		tally.Add(l.tell())
	}
	lines := tally.Lines()
	want := []report.Line{
		{Opened: 4, Finished: 2, Cancelled: 1, Returned: 1, Response: report.Promise{Due: 3, Kept: 2}, Arrival: report.Promise{Due: 3, Kept: 1}, Resolution: report.Promise{Due: 3, Kept: 1}, Ratings: 2, Stars: 7},
		{Category: "lift", Opened: 3, Finished: 2, Returned: 1, Response: report.Promise{Due: 3, Kept: 2}, Arrival: report.Promise{Due: 3, Kept: 1}, Resolution: report.Promise{Due: 3, Kept: 1}, Ratings: 2, Stars: 7},
		{Category: "noise", Opened: 1, Cancelled: 1},
		{District: "d1", Opened: 3, Finished: 2, Cancelled: 1, Returned: 1, Response: report.Promise{Due: 2, Kept: 2}, Arrival: report.Promise{Due: 2, Kept: 1}, Resolution: report.Promise{Due: 2, Kept: 1}, Ratings: 2, Stars: 7},
		{District: "d1", Category: "lift", Opened: 2, Finished: 2, Returned: 1, Response: report.Promise{Due: 2, Kept: 2}, Arrival: report.Promise{Due: 2, Kept: 1}, Resolution: report.Promise{Due: 2, Kept: 1}, Ratings: 2, Stars: 7},
		{District: "d1", Category: "noise", Opened: 1, Cancelled: 1},
		{District: "d2", Opened: 1, Response: report.Promise{Due: 1}, Arrival: report.Promise{Due: 1}, Resolution: report.Promise{Due: 1}},
		{District: "d2", Category: "lift", Opened: 1, Response: report.Promise{Due: 1}, Arrival: report.Promise{Due: 1}, Resolution: report.Promise{Due: 1}},
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	for i, got := range lines {
		waits := got.Waits
		got.Waits = nil
		if plain := *got; !equal(plain, want[i]) {
			t.Errorf("line %d: %+v, want %+v", i, plain, want[i])
		}
		got.Waits = waits
	}
	if wait, ok := lines[0].Wait(0.5); !ok || wait != minutes(10) {
		t.Errorf("median wait %v", wait)
	}
	if wait, ok := lines[0].Wait(0.9); !ok || wait != minutes(40) {
		t.Errorf("P90 %v", wait)
	}
	if wait, ok := lines[2].Wait(0.5); ok {
		t.Errorf("nobody came, but after %v", wait)
	}
}

func equal(a, b report.Line) bool {
	return a.District == b.District && a.Category == b.Category && a.Opened == b.Opened && a.Finished == b.Finished &&
		a.Cancelled == b.Cancelled && a.Returned == b.Returned && a.Response == b.Response && a.Arrival == b.Arrival &&
		a.Resolution == b.Resolution && a.Ratings == b.Ratings && a.Stars == b.Stars
}
