package replay

import (
	"testing"
	"time"

	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// Two replays of a file are compared: what a row's resident and its work are like must not change with the ticket's id.
func TestARowHasTheSameLuckInEveryReplay(t *testing.T) {
	slot := Slot{Row: Row{Key: "64451548"}}
	for _, id := range []string{"one", "two"} {
		tally := newTally(1)
		tally.opened(slot, door{}, time.Time{}, &ticketsv1.Ticket{Id: id})
		if got := tally.nameOf(id); got != slot.Row.Key {
			t.Errorf("ticket %s has the luck of %q", id, got)
		}
		if got := tally.nameOf("another"); got != "another" {
			t.Errorf("a ticket that is not ours has the luck of %q", got)
		}
	}
}
