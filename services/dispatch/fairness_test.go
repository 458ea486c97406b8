package dispatch

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/fault"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// done lets whoever has a ticket do it: half an hour on the way, an hour at work.
func (d *desk) done(id string) {
	d.t.Helper()
	staff := d.holder(id)
	visit := d.mine(staff)[0].GetId()
	_, err := d.Accept(d.as(staff), &dispatchv1.AcceptRequest{Id: visit})
	must(d.t, err)
	_, err = d.Depart(d.as(staff), &dispatchv1.DepartRequest{Id: visit})
	must(d.t, err)
	d.clock.Advance(30 * time.Minute)
	_, err = d.Arrive(d.as(staff), &dispatchv1.ArriveRequest{Id: visit})
	must(d.t, err)
	d.clock.Advance(time.Hour)
	_, err = d.Finish(d.as(staff), &dispatchv1.FinishRequest{Id: visit})
	must(d.t, err)
}

func (d *desk) day(staff string) *dispatchv1.Day {
	d.t.Helper()
	day, err := d.GetDay(d.as(staff), &dispatchv1.GetDayRequest{})
	must(d.t, err)
	return day
}

func (d *desk) loadsIn(district string) *dispatchv1.Loads {
	d.t.Helper()
	loads, err := (&Boards{desk: d.Desk}).ListLoads(d.as(district), &dispatchv1.ListLoadsRequest{DistrictId: district})
	must(d.t, err)
	return loads
}

// A kilometre to the north there and none back: of two jobs, one is 1.3 km away by the road, and the other next to it.
func TestListLoads_CountsWhatWasDone(t *testing.T) {
	d := newDesk(t, "liu")
	for _, id := range []string{"leak", "drip"} {
		ticket := d.ticket(id)
		ticket.Place.Point = &commonv1.Point{Lat: 30.25 + 0.008993, Lon: 120.16} // 1,000 m
		must(t, d.onTicketOpened(t.Context(), d.message(), ticket))
		d.done(id)
	}
	loads := d.loadsIn("east")
	if len(loads.GetLoads()) != 1 {
		t.Fatalf("%v", loads)
	}
	l := loads.GetLoads()[0]
	if l.GetName() != "liu师傅" || !l.GetOnDuty() || l.GetToday().GetJobs() != 2 || l.GetToday().GetHours() != 3 ||
		math.Abs(l.GetToday().GetKilometres()-1.3) > .01 || loads.GetMedianWeek().GetJobs() != 2 {
		t.Errorf("%v", loads)
	}
	d.clock.Advance(24 * time.Hour)
	if l := d.loadsIn("east").GetLoads()[0]; l.GetToday().GetJobs() != 0 || l.GetWeek().GetHours() != 3 {
		t.Errorf("a day later: %v", l)
	}
	d.clock.Advance(7 * 24 * time.Hour)
	if l := d.loadsIn("east").GetLoads()[0]; l.GetWeek().GetJobs() != 0 {
		t.Errorf("a week later: %v", l)
	}
}

// What is done where somebody was lent to counts at home, and nowhere else.
func TestListLoads_CountsLoansAtHome(t *testing.T) {
	d := helped(t)
	d.absent()
	d.opened("leak")
	d.look()
	d.goes("wang", true)
	if l := d.loadsIn("west").GetLoads(); len(l) != 1 || l[0].GetStaffId() != "wang" || l[0].GetToday().GetJobs() != 1 {
		t.Errorf("at home: %v", l)
	}
	if l := d.loadsIn("east").GetLoads(); len(l) != 1 || l[0].GetStaffId() != "liu" || l[0].GetToday().GetJobs() != 0 {
		t.Errorf("abroad: %v", l)
	}
}

// Time that a pause takes is nobody's load.
func TestListLoads_APauseIsNoWork(t *testing.T) {
	d := newDesk(t, "liu")
	ticket := d.ticket("leak")
	ticket.StandardMinutes = 60
	must(t, d.onTicketOpened(t.Context(), d.message(), ticket))
	d.goes("liu", false)
	must(t, d.onTicketPaused(t.Context(), d.message(), &ticketsv1.TicketPaused{Head: d.head("leak")}))
	d.clock.Advance(20 * time.Hour)
	must(t, d.onTicketResumed(t.Context(), d.message(), &ticketsv1.TicketResumed{Head: d.head("leak"), ByVisitor: true}))
	_, err := d.Finish(d.as("liu"), &dispatchv1.FinishRequest{Id: d.mine("liu")[0].GetId()})
	must(t, err)
	if f := d.loadsIn("east").GetLoads()[0].GetWeek(); f.GetJobs() != 1 || f.GetHours() != 1 {
		t.Errorf("with a pause of 20 h: %v", f)
	}
}

func TestListLoads_IsOfTheCallersDistricts(t *testing.T) {
	d := newDesk(t, "liu")
	_, err := (&Boards{desk: d.Desk}).ListLoads(d.as("west"), &dispatchv1.ListLoadsRequest{DistrictId: "east"})
	if !errors.Is(err, fault.NotFound) {
		t.Errorf("of another district: %v", err)
	}
}

// A technician sees their own row and the median, which hides fewer than three people.
func TestGetDay_TellsNothingOfOneColleague(t *testing.T) {
	d := newDesk(t, "liu", "wang")
	d.opened("leak")
	d.done("leak")
	loads := d.day("liu").GetLoads()
	if len(loads) != 1 || len(loads[0].GetLoads()) != 1 || loads[0].GetLoads()[0].GetStaffId() != "liu" {
		t.Fatalf("liu sees %v", loads)
	}
	if loads[0].GetMedianToday() != nil || loads[0].GetMedianWeek() != nil {
		t.Errorf("of two people liu is told %v", loads[0])
	}
	d.joins("zhao", []string{"technician"}, "east")
	d.starts("zhao")
	d.clock.Advance(sheetKept) // medians are as of a few seconds ago
	if loads := d.day("wang").GetLoads()[0]; loads.GetMedianToday() == nil || loads.GetMedianWeek().GetJobs() != 0 || len(loads.GetLoads()) != 1 {
		t.Errorf("of three people wang is told %v", loads)
	}
	d.opened("drip") // one's own row is as of now
	d.done("drip")
	if own := d.day("liu").GetLoads()[0].GetLoads()[0].GetToday().GetJobs() + d.day("wang").GetLoads()[0].GetLoads()[0].GetToday().GetJobs(); own != 2 {
		t.Errorf("after two jobs liu and wang see %v", own)
	}
	if got := d.day("anna").GetLoads(); len(got) != 0 {
		t.Errorf("a resident is told %v", got)
	}
}

// The day is what was done, by its end, and then what comes in the order of the plan.
func TestGetDay_IsInTheOrderOfThePlan(t *testing.T) {
	d := newDesk(t, "liu")
	var want []string
	for _, id := range []string{"first", "second", "third", "fourth"} {
		d.opened(id)
		if id == "first" || id == "second" {
			d.done(id)
		}
		want = append(want, id)
	}
	d.goes("liu", false) // at the third door
	must(t, d.sweepAll(t.Context(), true, true))
	var got []string
	for _, v := range d.day("liu").GetVisits() {
		got = append(got, v.GetTicketId())
	}
	if len(got) < 3 || !slices.Equal(got, want[:len(got)]) {
		t.Errorf("in the order %v", got)
	}
	if day := d.day("liu"); day.GetDay() != "2025-03-24" {
		t.Errorf("the day is %s", day.GetDay())
	}
	d.clock.Advance(24 * time.Hour)
	if left := d.day("liu").GetVisits(); len(left) == 0 || left[0].GetTicketId() != "third" {
		t.Errorf("the next day begins with %v", left)
	}
}

// Who had to give way to an emergency reads for which one.
func TestGetDay_ExplainsABump(t *testing.T) {
	d := newDesk(t, "liu")
	far := d.ticket("leak")
	far.Place.Point = &commonv1.Point{Lat: 30.29, Lon: 120.16}
	must(t, d.onTicketOpened(t.Context(), d.message(), far))
	visit := d.mine("liu")[0].GetId()
	_, err := d.Accept(d.as("liu"), &dispatchv1.AcceptRequest{Id: visit})
	must(t, err)
	gas := d.ticket("gas")
	gas.Head.Priority, gas.Head.Number, gas.Head.Category = 1, "0324-gas", "gas_leak"
	must(t, d.onTicketOpened(t.Context(), d.message(), gas))
	bumps := d.day("liu").GetBumps()
	if len(bumps) != 1 || bumps[0].GetVisit().GetTicketId() != "leak" || bumps[0].GetForTicketNumber() != "0324-gas" ||
		bumps[0].GetForCategory() != "gas_leak" || bumps[0].GetAt() == nil {
		t.Fatalf("liu reads %v of %v", bumps, d.events())
	}
	d.clock.Advance(24 * time.Hour)
	if old := d.day("liu").GetBumps(); len(old) != 0 {
		t.Errorf("the next day liu still reads %v", old)
	}
}
