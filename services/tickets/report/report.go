// Package report counts how the promises of many tickets were kept, by district and category. It does no I/O.
package report

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/linlihub/linli/services/tickets/ticket"
)

// Promise counts one kind of promise. One that was kept or broken is due; one that still runs in time, or was taken back in
// time, is not counted.
type Promise struct{ Due, Kept int }

func (p *Promise) add(c ticket.Clock) {
	switch {
	case c.Kept:
		p.Due++
		p.Kept++
	case c.Overdue():
		p.Due++
	}
}

// Line is what happened to the tickets of one category in one district; empty names stand for all.
type Line struct {
	District string
	Category ticket.Category

	Opened, Finished, Cancelled int
	Returned                    int // came back at least once: 还没修好
	Response, Arrival           Promise
	Resolution                  Promise
	// Waits are the times from each posting to the technician at the door (T3), in no order.
	Waits          []time.Duration
	Ratings, Stars int // how many, and their sum
}

func (l *Line) add(s *ticket.Snapshot, clocks ticket.Clocks) {
	l.Opened++
	switch {
	case s.Stage == ticket.StateCancelled:
		l.Cancelled++
	case !s.Stage.Live():
		l.Finished++
	}
	if len(clocks.Cycles) > 1 {
		l.Returned++
	}
	for _, c := range clocks.Cycles {
		l.Response.add(c.Response)
		l.Arrival.add(c.Arrival)
		if wait, arrived := c.Cycle.T3(); arrived {
			l.Waits = append(l.Waits, wait)
		}
	}
	l.Resolution.add(clocks.Resolution)
	for _, r := range s.Ratings {
		l.Ratings++
		l.Stars += r.Stars
	}
}

// Wait is a quantile of the waits by the nearest rank, a wait that somebody had; false when nobody came yet.
func (l *Line) Wait(q float64) (time.Duration, bool) {
	n := len(l.Waits)
	if n == 0 {
		return 0, false
	}
	slices.Sort(l.Waits)
	return l.Waits[max(int(math.Ceil(q*float64(n)))-1, 0)], true
}

// Tally counts tickets. The zero Tally is empty. Not safe for concurrent use.
type Tally struct{ lines map[key]*Line }

type key struct {
	district string
	category ticket.Category
}

// Add counts a ticket with its clocks in its own line and in those of all that it is part of.
func (t *Tally) Add(s *ticket.Snapshot, clocks ticket.Clocks) {
	for _, k := range []key{{s.Place.DistrictID, s.Category}, {s.Place.DistrictID, ""}, {"", s.Category}, {}} {
		t.line(k).add(s, clocks)
	}
}

func (t *Tally) line(k key) *Line {
	if t.lines == nil {
		t.lines = map[key]*Line{}
	}
	if t.lines[k] == nil {
		t.lines[k] = &Line{District: k.district, Category: k.category}
	}
	return t.lines[k]
}

// Lines answers all lines, sums first: all, each category, each district, each category of each district.
func (t *Tally) Lines() []*Line {
	return slices.SortedFunc(maps.Values(t.lines), func(a, b *Line) int {
		return cmp.Or(cmp.Compare(a.District, b.District), cmp.Compare(a.Category, b.Category))
	})
}
