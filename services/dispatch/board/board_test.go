package board

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// now is a Monday noon in China.
var now = time.Date(2025, 3, 24, 4, 0, 0, 0, time.UTC)

const minute = time.Minute

var here = plan.Place{Lat: 30.25, Lon: 120.16}

// district is a board with technicians on duty who can do everything ordinary.
func district(staff ...string) *Board {
	n := 0
	b := New("east", 1, Settings{}, func() string { n++; return fmt.Sprintf("visit-%02d", n) }, nil, nil, nil)
	for _, s := range staff {
		b.TechnicianChanged(technician(s), now)
		b.DutyStarted(s, here, time.Time{}, time.Time{}, now)
	}
	b.Settle()
	return b
}

func technician(id string) TechnicianRow {
	return TechnicianRow{Name: id + "师傅", Technician: plan.Technician{
		ID: id, Skills: []string{"plumbing"}, Districts: []string{"east"}, At: here,
	}}
}

func ticket(id string, change ...func(*JobRow)) JobRow {
	j := JobRow{Cycle: 1, Number: "0324-" + id, Job: plan.Job{
		ID: id, District: "east", Place: here, Skill: "plumbing", Priority: plan.P3, Opened: now, Due: now.Add(time.Hour),
	}}
	for _, c := range change {
		c(&j)
	}
	return j
}

func urgent(j *JobRow) { j.Priority = plan.P1 }

// opened puts a ticket on the board and answers the visit that was offered for it.
func opened(t *testing.T, b *Board, j JobRow) *VisitRow {
	t.Helper()
	b.JobOpened(j, now)
	v := b.visitOf(j.ID)
	if v == nil || v.State != Offered {
		t.Fatalf("no offer for %s: %+v", j.ID, v)
	}
	return v
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("answers %v, want %v", err, want)
	}
}

// told lists the kinds of events since Settle.
func told(b *Board) (kinds []Kind) {
	for _, e := range b.Changes() {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func wantTold(t *testing.T, b *Board, want ...Kind) {
	t.Helper()
	if got := told(b); !slices.Equal(got, want) {
		t.Fatalf("told %v, want %v", got, want)
	}
}

// DOMAIN 2: offered (T1), accepted (T2), arrived (T3), each told once and in order.
func TestRule2_AVisitFromTheOfferToTheEnd(t *testing.T) {
	b := district("liu")
	v := opened(t, b, ticket("leak"))
	if v.Staff != "liu" || !v.Expires.Equal(now.Add(3*minute)) || v.Decision.Staff != "liu" || v.Window.From.IsZero() {
		t.Fatalf("offered %+v", v)
	}
	must(t, b.Accept(v.ID, "liu", now.Add(minute)))
	must(t, b.Depart(v.ID, "liu", now.Add(2*minute)))
	if !v.PositionVisible() {
		t.Error("the resident does not see who is on the way")
	}
	must(t, b.Arrive(v.ID, "liu", now.Add(5*minute)))
	if v.PositionVisible() {
		t.Error("the position is seen after the arrival")
	}
	must(t, b.Finish(v.ID, "liu", "换了垫圈", "垫圈 1", now.Add(40*minute)))
	wantTold(t, b, VisitOffered, VisitAccepted, VisitDeparted, VisitArrived, VisitFinished)
	last := b.Changes()[4]
	if last.Words != "换了垫圈" || last.Materials != "垫圈 1" || last.Staff != "liu" || last.Name != "liu师傅" {
		t.Errorf("finished %+v", last)
	}
	jobs, people, visits := b.Dirty()
	if len(jobs) != 1 || !jobs[0].Closed || jobs[0].VisitID != "" || len(visits) != 1 || visits[0].State != Finished {
		t.Errorf("to save: %+v %+v", jobs, visits)
	}
	if len(people) != 1 || people[0].DoneToday != 1 || people[0].Day != "2025-03-24" {
		t.Errorf("counted %+v", people)
	}
	b.Settle()
	if b.Changed() || b.Visit(v.ID) != nil || b.Job("leak") != nil {
		t.Error("what is over is kept")
	}
}

func TestVisit_StepsOutOfOrderAreRefused(t *testing.T) {
	b := district("liu", "wang")
	v := opened(t, b, ticket("leak"))
	holder, other := v.Staff, "wang"
	if holder == "wang" {
		other = "liu"
	}
	refused(t, b.Depart(v.ID, holder, now), ErrWrongState)
	refused(t, b.Accept("nothing", holder, now), ErrVisitUnknown)
	refused(t, b.Accept(v.ID, other, now), ErrVisitUnknown)
	must(t, b.Accept(v.ID, holder, now))
	refused(t, b.Accept(v.ID, holder, now), ErrWrongState)
	refused(t, b.Decline(v.ID, holder, "", now), ErrWrongState)
	refused(t, b.Arrive(v.ID, holder, now), ErrWrongState)
	refused(t, b.Finish(v.ID, holder, "", "", now), ErrWrongState)
	refused(t, b.Depart(v.ID, other, now), ErrVisitUnknown)
}

// DOMAIN 4: offers expire after three minutes and are kept in the ledger.
func TestRule4_AnOfferExpiresIntoTheLedger(t *testing.T) {
	b := district("liu")
	v := opened(t, b, ticket("leak"))
	if due := b.NextDue(); !due.Equal(now.Add(3 * minute)) {
		t.Errorf("next due %v", due)
	}
	refused(t, b.Accept(v.ID, "liu", now.Add(3*minute)), ErrOfferExpired) // before the sweep has come by
	b.ExpireDue(now.Add(3*minute - time.Microsecond))
	wantTold(t, b, VisitOffered)
	b.ExpireDue(now.Add(3 * minute))
	wantTold(t, b, VisitOffered, OfferLapsed, VisitLapsed, VisitOffered)
	o := v.Asked[0]
	if v.State != Lapsed || o.Outcome != OfferExpired || !o.Answered.Equal(now.Add(3*minute)) {
		t.Errorf("ledger %+v", v)
	}
	refused(t, b.Accept(v.ID, "liu", now.Add(4*minute)), ErrOfferExpired)
	refused(t, v.Over("liu"), ErrOfferExpired)
}

func TestOffer_AnEmergencysLifeIsShort(t *testing.T) {
	b := district("liu")
	if v := opened(t, b, ticket("gas", urgent)); !v.Expires.Equal(now.Add(minute)) {
		t.Errorf("expires %v", v.Expires)
	}
}

func TestDecline_AsksTheNextAndThenNobody(t *testing.T) {
	b := district("liu", "wang")
	first := opened(t, b, ticket("leak"))
	must(t, b.Decline(first.ID, first.Staff, "车坏了", now))
	second := b.visitOf("leak")
	if second == nil || second.Staff == first.Staff {
		t.Fatalf("offered again to %+v", second)
	}
	must(t, b.Decline(second.ID, second.Staff, "", now))
	wantTold(t, b, VisitOffered, OfferLapsed, VisitLapsed, VisitOffered, OfferLapsed, VisitLapsed, NoCandidate)
	if got := b.Changes()[6].Reasons[plan.DeclinedRecently]; got != 2 {
		t.Errorf("%d of two refused for having declined", got)
	}
	if first.Asked[0].Reason != "车坏了" || first.Asked[0].Outcome != OfferDeclined {
		t.Errorf("ledger %+v", first.Asked)
	}
}

// DOMAIN 3: an empty pool is an alarm at once, and only once while it lasts.
func TestRule3_NoCandidateIsToldAtOnceAndOnce(t *testing.T) {
	b := district()
	b.JobOpened(ticket("leak"), now)
	wantTold(t, b, NoCandidate)
	b.Replan(now.Add(minute))
	wantTold(t, b, NoCandidate)
	b.TechnicianChanged(technician("liu"), now)
	b.DutyStarted("liu", here, time.Time{}, time.Time{}, now)
	wantTold(t, b, NoCandidate, VisitOffered)
	b.DutyEnded("liu", now)
	wantTold(t, b, NoCandidate, VisitOffered, VisitWithdrawn, NoCandidate)
}

// DOMAIN 3: a ticket that only waits for room has candidates; when they leave, that is an alarm of its own.
func TestRule3_ASecondEmptyPoolIsToldAgain(t *testing.T) {
	b := district()
	for i := range 3 {
		b.JobOpened(ticket(fmt.Sprint("leak-", i)), now)
	}
	b.TechnicianChanged(technician("liu"), now)
	b.DutyStarted("liu", here, time.Time{}, time.Time{}, now)
	b.Settle()
	waits := slices.IndexFunc(b.Jobs(), func(j JobRow) bool { return j.VisitID == "" })
	if waits < 0 || b.Jobs()[waits].Stranded {
		t.Fatalf("jobs %+v", b.Jobs())
	}
	b.DutyEnded("liu", now)
	alarms := slices.DeleteFunc(told(b), func(k Kind) bool { return k != NoCandidate })
	if len(alarms) != 3 {
		t.Errorf("%d alarms for three tickets: %v", len(alarms), told(b))
	}
}

func TestDepart_NobodyIsUnderWayTwice(t *testing.T) {
	b := district("liu")
	first, second := opened(t, b, ticket("a")), opened(t, b, ticket("b"))
	must(t, b.Accept(first.ID, "liu", now))
	must(t, b.Accept(second.ID, "liu", now))
	must(t, b.Depart(first.ID, "liu", now))
	refused(t, b.Depart(second.ID, "liu", now), ErrBusy)
	must(t, b.Arrive(first.ID, "liu", now))
	refused(t, b.Depart(second.ID, "liu", now), ErrBusy)
	must(t, b.Finish(first.ID, "liu", "", "", now))
	must(t, b.Depart(second.ID, "liu", now))
}

func TestClock_ThatRunsBehindChangesNoOrder(t *testing.T) {
	b := district("liu")
	v := opened(t, b, ticket("leak"))
	must(t, b.Accept(v.ID, "liu", now.Add(minute)))
	must(t, b.Depart(v.ID, "liu", now))
	must(t, b.Arrive(v.ID, "liu", now.Add(-minute)))
	must(t, b.Finish(v.ID, "liu", "", "", now.Add(-2*minute)))
	if want := now.Add(minute); !v.DepartedAt.Equal(want) || !v.ArrivedAt.Equal(want) || !v.EndedAt.Equal(want) {
		t.Errorf("departed %v, arrived %v, ended %v", v.DepartedAt, v.ArrivedAt, v.EndedAt)
	}
}
