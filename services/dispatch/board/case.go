package board

import (
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/whatif"
)

// Case is what a manager may change and ask about: some hours with all technicians of the district, and what is expected in them
// by what the board has learned.
func (b *Board) Case(begin time.Time, hours int, now time.Time) whatif.Case {
	c := whatif.Case{
		District: b.District, Begin: begin, Expected: b.lessons.Day(begin, hours, now), Kinds: b.lessons.Kinds(),
		Places: b.lessons.Places(), Policy: b.policy(),
	}
	for _, t := range b.Technicians() {
		if t.Aside == nil && t.LentBy == "" && slices.Contains(t.Districts, b.District) {
			c.Crew = append(c.Crew, t.Technician)
		}
	}
	return c
}
