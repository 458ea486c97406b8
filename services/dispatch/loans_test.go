package dispatch

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	"github.com/linlihub/linli/services/dispatch/board"
)

// helped is a desk whose districts east, west and north have boards; west may help east. liu works in east, wang in west.
func helped(t *testing.T) *desk {
	t.Helper()
	return helpedOn(t, storetest.Open(t, storetest.SQLite(t)))
}

func helpedOn(t *testing.T, db *store.DB) *desk {
	t.Helper()
	d := deskOn(t, db)
	for staff, home := range map[string]string{"liu": "east", "wang": "west", "zhao": "north"} {
		d.joins(staff, []string{"technician"}, home)
	}
	d.starts("liu")
	d.starts("wang")
	must(t, d.help("east", "west"))
	d.look()
	return d
}

func (d *desk) help(district string, helpers ...string) error {
	_, err := (&Boards{desk: d.Desk}).SetHelp(d.as("admin"), &dispatchv1.SetHelpRequest{DistrictId: district, HelperIds: helpers})
	return err
}

// look is what the sweep does in a second: once to load and end loans, once to lend.
func (d *desk) look() {
	d.t.Helper()
	for range 2 {
		must(d.t, d.sweepAll(d.t.Context(), true, true))
	}
	for _, staff := range []string{"liu", "wang"} { // whatever happens, nobody has work on two boards
		var of []string
		for _, v := range d.mine(staff) {
			if !slices.Contains(of, v.GetDistrictId()) {
				of = append(of, v.GetDistrictId())
			}
		}
		if len(of) > 1 {
			d.t.Fatalf("%s has work in %v", staff, of)
		}
	}
}

// shown is a technician on the board of a district; nil: not there.
func (d *desk) shown(district, staff string) *dispatchv1.Board_Technician {
	d.t.Helper()
	b, err := (&Boards{desk: d.Desk}).Get(d.as(district), &dispatchv1.GetBoardRequest{DistrictId: district})
	must(d.t, err)
	for _, t := range b.GetTechnicians() {
		if t.GetStaffId() == staff {
			return t
		}
	}
	return nil
}

// goes carries a technician's only visit to its end, as far as the door when work is not to be done.
func (d *desk) goes(staff string, work bool) {
	d.t.Helper()
	id := d.mine(staff)[0].GetId()
	_, err := d.Accept(d.as(staff), &dispatchv1.AcceptRequest{Id: id})
	must(d.t, err)
	_, err = d.Depart(d.as(staff), &dispatchv1.DepartRequest{Id: id})
	must(d.t, err)
	_, err = d.Arrive(d.as(staff), &dispatchv1.ArriveRequest{Id: id})
	must(d.t, err)
	if work {
		_, err = d.Finish(d.as(staff), &dispatchv1.FinishRequest{Id: id, Words: "好了"})
		must(d.t, err)
	}
}

// absent takes liu off duty, so that nobody of east can do anything.
func (d *desk) absent() {
	d.t.Helper()
	must(d.t, d.onDutyEnded(d.t.Context(), d.message(), &hrv1.DutyEnded{StaffId: "liu", DistrictIds: []string{"east"}}))
}

func TestAPressedDistrictBorrowsFromItsHelperAndGivesBack(t *testing.T) {
	d := helped(t)
	d.opened("first")
	d.look()
	if d.holder("first") != "liu" || d.shown("east", "wang") != nil {
		t.Fatal("borrowed although its own could go")
	}
	d.goes("liu", true)
	d.absent()
	d.opened("leak")
	d.look()
	if d.holder("leak") != "wang" || d.shown("east", "wang").GetLentBy() != "west" || d.shown("west", "wang").GetLentTo() != "east" {
		t.Fatalf("leak: %q, %v, %v", d.holder("leak"), d.shown("east", "wang"), d.shown("west", "wang"))
	}
	d.urgentInWest("gas")
	d.look()
	if d.holder("gas") != "" {
		t.Error("the board at home sent who was lent")
	}
	_, err := d.Assign(d.as("west"), &dispatchv1.AssignRequest{TicketId: "gas", StaffId: "wang", Reason: "认识路"})
	if !errors.Is(err, board.ErrLent) {
		t.Errorf("by hand: %v", err)
	}
	d.goes("wang", true)
	d.look()
	if d.holder("gas") != "wang" || d.shown("east", "wang") != nil || d.shown("west", "wang").GetLentTo() != "" {
		t.Fatalf("gas: %q, %v", d.holder("gas"), d.shown("west", "wang"))
	}
	if got := d.shown("west", "wang").GetDoneToday(); got != 1 {
		t.Errorf("%d visits done today, want the one of the loan", got)
	}
}

func TestWhoIsNeededAtHomeOrUnableIsNotLent(t *testing.T) {
	d := helped(t)
	d.absent()
	d.urgentInWest("gas") // wang's own
	d.opened("leak")
	d.look()
	if d.holder("leak") != "" || d.holder("gas") != "wang" {
		t.Errorf("leak %q, gas %q", d.holder("leak"), d.holder("gas"))
	}
	other := helped(t)
	other.absent()
	lift := other.ticket("lift")
	lift.Skill = "lift"
	must(t, other.onTicketOpened(t.Context(), other.message(), lift))
	other.look()
	if other.shown("east", "wang") != nil {
		t.Error("lent without the skill")
	}
}

func TestDutyThatEndsAtHomeEndsAbroad(t *testing.T) {
	d := helped(t)
	d.absent()
	d.opened("leak")
	d.look()
	must(t, d.onDutyEnded(t.Context(), d.message(), &hrv1.DutyEnded{StaffId: "wang", DistrictIds: []string{"west"}}))
	d.look()
	d.look()
	if d.holder("leak") != "" || d.shown("east", "wang") != nil || d.shown("west", "wang").GetLentTo() != "" || d.shown("west", "wang").GetOnDuty() {
		t.Errorf("leak %q, west %v, east %v", d.holder("leak"), d.shown("west", "wang"), d.shown("east", "wang"))
	}
}

// hr moves somebody who is lent to the district where they help: they stay, and home gives them up.
func TestWhoIsMovedToWhereTheyHelpStays(t *testing.T) {
	d := helped(t)
	d.absent()
	d.opened("leak")
	d.look()
	d.joins("wang", []string{"technician"}, "east")
	d.look()
	if got := d.shown("east", "wang"); d.holder("leak") != "wang" || got.GetLentBy() != "" || d.shown("west", "wang") != nil {
		t.Errorf("leak %q, east %v, west %v", d.holder("leak"), got, d.shown("west", "wang"))
	}
	d.joins("liu", []string{"technician"}, "east", "west") // news of others change no loan
	d.look()
	if d.holder("leak") != "wang" {
		t.Error("wang lost the visit")
	}
}

// Two replicas, each with both boards in memory, lend at once: wang is lent once.
func TestOfTwoReplicasOneLends(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := helpedOn(t, db)
		other := replica(d.db, d.clock)
		must(t, other.sweepAll(t.Context(), true, true))
		d.absent()
		d.opened("leak")
		d.opened("drip")
		var both sync.WaitGroup
		for _, desk := range []*Desk{d.Desk, other} {
			both.Go(func() {
				for range 4 {
					if err := desk.sweepAll(t.Context(), true, true); err != nil && !fault.Temporary(err) { // the next glance tries again
						t.Error(err)
					}
				}
			})
		}
		both.Wait()
		d.look()
		if held := d.mine("wang"); len(held) != 1 || d.shown("east", "wang").GetLentBy() != "west" || d.shown("west", "wang").GetLentTo() != "east" {
			t.Errorf("wang: %v; %v", held, d.shown("west", "wang"))
		}
	})
}

func TestSetHelp_Refuses(t *testing.T) {
	d := helped(t) // west helps east
	must(t, d.help("west", "north"))
	for name, c := range map[string]struct {
		district string
		helpers  []string
		want     error
		field    string
		en       string
	}{
		"its own helper":     {"north", []string{"north"}, errHelpCircle, "helper_ids[0]", ": help would go in a circle, north → north"},
		"helping back":       {"west", []string{"north", "east"}, errHelpCircle, "helper_ids[1]", ": help would go in a circle, west → east → west"},
		"a longer circle":    {"north", []string{"east"}, errHelpCircle, "helper_ids[0]", ": help would go in a circle, north → west → east → north"},
		"an unknown one":     {"east", []string{"west", "atlantis"}, errHelperUnknown, "helper_ids[1]", ": there is no district atlantis"},
		"the same twice":     {"east", []string{"west", "west"}, errHelperTwice, "helper_ids[1]", ": west is named twice"},
		"for an unknown one": {"atlantis", []string{"west"}, fault.NotFound, "", fault.TextOf(fault.NotFound, fault.EN)},
	} {
		err := d.help(c.district, c.helpers...)
		r := fault.ReportOf(err)
		if !errors.Is(err, c.want) || r.EN != c.field+c.en || c.field != "" && (len(r.Violations) != 1 || r.Violations[0].Field != c.field) {
			t.Errorf("%s: %q, %+v", name, r.EN, r)
		}
	}
	shown, err := (&Boards{desk: d.Desk}).Get(d.as("east"), &dispatchv1.GetBoardRequest{DistrictId: "east"})
	must(t, err)
	if !slices.Equal(shown.GetHelperIds(), []string{"west"}) {
		t.Errorf("after refusals east is helped by %v", shown.GetHelperIds())
	}
	_, err = (&Boards{desk: d.Desk}).SetHelp(d.as("east"), &dispatchv1.SetHelpRequest{DistrictId: "east", HelperIds: []string{"west"}})
	if !errors.Is(err, errHelperUnknown) {
		t.Errorf("people of a district out of scope: %v", err)
	}
	must(t, d.help("east")) // nobody
	must(t, d.help("west", "north", "east"))
}
