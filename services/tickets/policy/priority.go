package policy

import "slices"

// Priority is how urgent a ticket is.
type Priority string

// The priorities, most urgent first. P1 is for danger to people (trapped, gas, fire, flood) and runs 24×7.
const (
	P1 Priority = "P1"
	P2 Priority = "P2"
	P3 Priority = "P3"
	P4 Priority = "P4"
)

var priorities = [...]Priority{P1, P2, P3, P4}

// Priorities lists them, most urgent first.
func Priorities() []Priority { return slices.Clone(priorities[:]) }

// Valid reports whether p is one of the four.
func (p Priority) Valid() bool { return slices.Contains(priorities[:], p) }

// Emergency reports whether limits and office hours do not apply.
func (p Priority) Emergency() bool { return p == P1 }

// Before reports whether p is more urgent than other.
func (p Priority) Before(other Priority) bool { return p.index() < other.index() }

// index takes anything unknown for an ordinary ticket, so that no row can stop a clock.
func (p Priority) index() int {
	if i := slices.Index(priorities[:], p); i >= 0 {
		return i
	}
	return slices.Index(priorities[:], P3)
}
