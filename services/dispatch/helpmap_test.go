package dispatch

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
)

// seenBy is the map of help as somebody sees it.
func (d *desk) seenBy(who string) *dispatchv1.HelpMap {
	d.t.Helper()
	seen, err := (&Boards{desk: d.Desk}).GetHelp(d.as(who), &dispatchv1.GetHelpRequest{})
	must(d.t, err)
	return seen
}

func TestGetHelp_ShowsTheCallersDistrictsBothWays(t *testing.T) {
	d := helped(t) // west helps east
	must(t, d.help("west", "north"))
	seen := d.seenBy("west")
	if len(seen.GetHelps()) != 1 || seen.GetVersion() != 2 || seen.GetEtag() != `"v2"` || len(seen.GetLoans()) != 0 {
		t.Fatalf("west sees %v", seen)
	}
	row := seen.GetHelps()[0]
	if row.GetDistrictId() != "west" || !slices.Equal(row.GetHelperIds(), []string{"north"}) || !slices.Equal(row.GetHelpedIds(), []string{"east"}) {
		t.Errorf("west's row is %v", row)
	}
	if all := d.seenBy("admin").GetHelps(); len(all) != 3 || all[0].GetDistrictId() != "east" {
		t.Errorf("the admin sees %v", all)
	}
	must(t, d.help("west"))
	if after := d.seenBy("west"); after.GetEtag() != `"v3"` || len(after.GetHelps()[0].GetHelperIds()) != 0 {
		t.Errorf("after the change west sees %v", after)
	}
}

// Who is lent is shown to both ends, with what they do there and until when, and to nobody else.
func TestGetHelp_ShowsWhoIsLent(t *testing.T) {
	d := helped(t)
	end := d.clock.Now().Add(4 * time.Hour)
	must(t, d.onDutyStarted(t.Context(), d.message(), &hrv1.DutyStarted{
		StaffId: "wang", DistrictIds: []string{"west"}, Point: point(), Until: timestamppb.New(end),
	}))
	d.absent()
	d.opened("leak")
	d.look()
	for _, who := range []string{"east", "west"} {
		loans := d.seenBy(who).GetLoans()
		if len(loans) != 1 {
			t.Fatalf("%s sees %v", who, loans)
		}
		l := loans[0]
		if l.GetStaffId() != "wang" || l.GetHomeDistrictId() != "west" || l.GetDistrictId() != "east" || !l.GetDutyUntil().AsTime().Equal(end) ||
			len(l.GetTicketNumbers()) != 1 || l.GetBusyUntil() != nil { // only offered: it takes no time yet
			t.Errorf("%s sees %v", who, l)
		}
	}
	d.goes("wang", false)
	if l := d.seenBy("west").GetLoans()[0]; !l.GetBusyUntil().AsTime().After(d.clock.Now()) {
		t.Errorf("at the door wang is busy until %v", l.GetBusyUntil())
	}
	if loans := d.seenBy("north").GetLoans(); len(loans) != 0 {
		t.Errorf("north sees %v", loans)
	}
	_, err := d.Finish(d.as("wang"), &dispatchv1.FinishRequest{Id: d.mine("wang")[0].GetId()})
	must(t, err)
	d.look()
	if loans := d.seenBy("east").GetLoans(); len(loans) != 0 {
		t.Errorf("given back, but shown: %v", loans)
	}
}
