package dispatch

import (
	"testing"

	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
)

// urgentInWest opens an emergency next door.
func (d *desk) urgentInWest(id string) {
	d.t.Helper()
	e := d.ticket(id)
	e.Head.DistrictId, e.Place.DistrictId, e.Head.Priority = "west", "west", 1
	must(d.t, d.onTicketOpened(d.t.Context(), d.message(), e))
}

func (d *desk) holder(ticket string) string {
	d.t.Helper()
	for _, staff := range []string{"liu", "wang"} {
		for _, v := range d.mine(staff) {
			if v.GetTicketId() == ticket {
				return staff
			}
		}
	}
	return ""
}

// Who works in two districts is at one door only: the other board sends somebody else, also when the process was killed before that
// board heard of it, and counts on them again when they are done.
func TestWhoIsBusyInOneDistrictIsNotFreeInAnother(t *testing.T) {
	d := newDesk(t)
	d.joins("liu", []string{"technician"}, "east", "west")
	d.starts("liu")
	d.opened("leak")
	d.joins("wang", []string{"technician"}, "west")
	d.starts("wang")
	id := d.mine("liu")[0].GetId()
	_, err := d.Accept(d.as("liu"), &dispatchv1.AcceptRequest{Id: id})
	must(t, err)
	_, err = d.Depart(d.as("liu"), &dispatchv1.DepartRequest{Id: id})
	must(t, err)

	must(t, d.sweepAll(t.Context(), true, true))
	d.urgentInWest("gas")
	if got := d.holder("gas"); got != "wang" {
		t.Fatalf("the emergency was given to %q, though liu is under way elsewhere", got)
	}

	_, err = d.Arrive(d.as("liu"), &dispatchv1.ArriveRequest{Id: id})
	must(t, err)
	_, err = d.Finish(d.as("liu"), &dispatchv1.FinishRequest{Id: id, Words: "好了"})
	must(t, err)
	d.Desk = replica(d.db, d.clock) // killed before it could tell
	shared, err := read(t.Context(), d.db, d.rows.SharedStaff)
	must(t, err)
	d.boards.share(shared...)
	must(t, d.sweepAll(t.Context(), true, true))
	d.urgentInWest("flood")
	if got := d.holder("flood"); got != "liu" {
		t.Errorf("the second was given to %q, though liu is free", got)
	}
}
