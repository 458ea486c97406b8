package board

import (
	"errors"
	"testing"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// grabbed is a board on which everybody is asked for the ticket leak.
func grabbed(t *testing.T, staff ...string) (*Board, *VisitRow) {
	t.Helper()
	b := district(staff...)
	b.JobOpened(ticket("leak", func(j *JobRow) { j.Lapsed = 2 }), now)
	v := b.visitOf("leak")
	if v == nil || !v.Pool || v.Staff != "" || len(v.Asked) != len(staff) {
		t.Fatalf("asked %+v", v)
	}
	b.Settle()
	return b, v
}

// DOMAIN 4: of all who grab exactly one wins; the others hear that they were too late.
func TestRule4_OneGrabWins(t *testing.T) {
	staff := []string{"a", "b", "c", "d"}
	b, v := grabbed(t, staff...)
	won := 0
	for _, s := range staff {
		switch err := b.Accept(v.ID, s, now); {
		case err == nil:
			won++
		case !errors.Is(err, ErrTaken):
			t.Errorf("%s hears %v", s, err)
		}
	}
	if won != 1 || v.Staff != "a" || v.State != Accepted {
		t.Fatalf("%d won, the visit is %+v", won, v)
	}
	wantTold(t, b, VisitAccepted)
	outcomes := map[Outcome]int{}
	for _, o := range v.Asked {
		outcomes[o.Outcome]++
	}
	if outcomes[OfferAccepted] != 1 || outcomes[OfferTaken] != 3 {
		t.Errorf("ledger %v", outcomes)
	}
}

// DOMAIN 4: an offer is asked of one; after two that lapsed everybody is asked 抢单, of an emergency after one.
func TestRule4_EverybodyIsAskedAfterTwoSilences(t *testing.T) {
	b := district("liu", "wang", "zhao")
	opened(t, b, ticket("leak"))
	for lapsed := range 3 {
		v := b.visitOf("leak")
		if v.Pool != (lapsed == 2) {
			t.Fatalf("after %d silences: %+v", lapsed, v)
		}
		b.ExpireDue(v.Expires)
	}
	if v := b.visitOf("leak"); v == nil || !v.Pool || len(v.Asked) != 3 {
		t.Errorf("after a pool that nobody answered: %+v", v)
	}
	b = district("liu", "wang")
	gas := opened(t, b, ticket("gas", urgent))
	b.ExpireDue(gas.Expires)
	if v := b.visitOf("gas"); v == nil || !v.Pool || len(v.Asked) != 2 {
		t.Errorf("the emergency: %+v", v)
	}
}

// DOMAIN 4: nobody hoards; who holds as much as one may finishes something first, unless it is an emergency.
func TestRule4_WhoIsFullCannotGrab(t *testing.T) {
	b := district("liu", "wang")
	asks := func(id string, change ...func(*JobRow)) *VisitRow {
		b.JobOpened(ticket(id, append(change, func(j *JobRow) { j.Lapsed = 2 })...), now)
		return b.visitOf(id)
	}
	first, second, third := asks("a"), asks("b"), asks("c")
	must(t, b.Accept(first.ID, "liu", now))
	must(t, b.Accept(second.ID, "liu", now))
	refused(t, b.Accept(third.ID, "liu", now), ErrFull)
	if third.offer("liu").Outcome != OfferOpen {
		t.Errorf("the offer is %+v, want it to stay open", third.offer("liu"))
	}
	gas := asks("gas", urgent)
	must(t, b.Accept(gas.ID, "liu", now))
	must(t, b.Accept(third.ID, "wang", now))
}

// A technician who leaves takes back only what is still open: what was answered stands in the ledger as it was answered.
func TestDutyEnded_LeavesTheLedgerAlone(t *testing.T) {
	b, v := grabbed(t, "liu", "wang")
	must(t, b.Decline(v.ID, "liu", "太远", now))
	b.DutyEnded("liu", now.Add(minute))
	wantTold(t, b, OfferLapsed)
	if o := v.offer("liu"); o.Outcome != OfferDeclined || o.Reason != "太远" || !o.Answered.Equal(now) {
		t.Errorf("ledger %+v", o)
	}
	b.DutyEnded("wang", now.Add(minute))
	wantTold(t, b, OfferLapsed, OfferLapsed, VisitLapsed, NoCandidate)
	if o := v.offer("wang"); o.Outcome != OfferWithdrawn {
		t.Errorf("ledger %+v", o)
	}
}

// DOMAIN 9: an emergency takes the technician from a visit, whose resident is told and gets another.
func TestRule9_TheBumpedVisitIsWithdrawnAndPlannedAnew(t *testing.T) {
	b := district("liu")
	v := opened(t, b, ticket("leak"))
	must(t, b.Accept(v.ID, "liu", now))
	must(t, b.Depart(v.ID, "liu", now))
	b.Settle()
	far := ticket("gas", urgent)
	far.Place.Lat += .05
	b.JobOpened(far, now)
	changes := b.Changes()
	if len(changes) < 2 || changes[0].Kind != VisitWithdrawn || changes[0].Reason != "preempted" || changes[0].Staff != "liu" {
		t.Fatalf("told %+v", changes)
	}
	if gas := b.visitOf("gas"); gas == nil || gas.Staff != "liu" {
		t.Fatalf("the emergency: %+v", gas)
	}
	refused(t, v.Over("liu"), ErrVisitOver)
	if again := b.visitOf("leak"); again == nil || again.Window.From.Before(b.visitOf("gas").Window.From) {
		t.Errorf("the bumped ticket: %+v", again)
	}
}

func TestAssign_ExplainsAndOverrulesWithAReason(t *testing.T) {
	b := district("liu", "wang")
	must(t, b.Accept(opened(t, b, ticket("first")).ID, b.visitOf("first").Staff, now))
	busy := b.visitOf("first").Staff
	masonry := ticket("wall", func(j *JobRow) { j.Skill = "masonry" })
	b.JobOpened(masonry, now)
	b.Settle()
	v, err := b.Assign("wall", busy, "office", "他会砌墙", now)
	must(t, err)
	if v.By != "office" || v.Reason != "他会砌墙" || !v.Expires.Equal(now.Add(10*minute)) || v.State != Offered {
		t.Errorf("assigned %+v", v)
	}
	// DOMAIN 9: the parts of the score are stored with the decision, by hand too; the work before counts.
	if v.Decision.Score == (plan.Score{}) || v.Window.From.Before(now.Add(35*minute)) {
		t.Errorf("decision %+v, window %+v", v.Decision, v.Window)
	}
	if e := b.Changes()[0]; e.Kind != VisitOffered || !e.Manual || !e.Expires.Equal(v.Expires) {
		t.Errorf("told %+v", e)
	}
	_, err = b.Assign("wall", busy, "office", "", now)
	refused(t, err, ErrAlreadyOut)
	_, err = b.Assign("nothing", busy, "office", "", now)
	refused(t, err, ErrJobUnknown)
}

// DOMAIN 24: not even a dispatcher sends somebody without the certificate, or who is at home.
func TestRule24_ADispatcherCannotOverruleACertificate(t *testing.T) {
	b := district("liu")
	b.JobOpened(ticket("fuse", func(j *JobRow) { j.Skill = "electrical" }), now)
	_, err := b.Assign("fuse", "liu", "office", "快", now)
	refused(t, err, ErrNotEligible)
	_, err = b.Assign("fuse", "nobody", "office", "快", now)
	refused(t, err, ErrStaffUnknown)
	b.CertificateChanged("liu", plan.Certificate{Skill: "electrical", Name: "低压电工", Until: now.Add(time.Hour)}, now)
	b.DutyEnded("liu", now)
	_, err = b.Assign("fuse", "liu", "office", "快", now)
	refused(t, err, ErrNotEligible)
	b.DutyStarted("liu", here, time.Time{}, time.Time{}, now)
	_, err = b.Assign("fuse", "liu", "office", "快", now)
	must(t, err)
}

func TestTransfer_WithdrawsAndOffersToTheOther(t *testing.T) {
	b := district("liu", "wang")
	v := opened(t, b, ticket("leak"))
	from, to := v.Staff, "liu"
	if from == "liu" {
		to = "wang"
	}
	must(t, b.Accept(v.ID, from, now))
	b.Settle()
	moved, err := b.Transfer("leak", to, "office", "住户要求", now)
	must(t, err)
	wantTold(t, b, VisitWithdrawn, VisitOffered)
	if moved.Staff != to || b.visitOf("leak").ID != moved.ID || v.State != Withdrawn {
		t.Errorf("moved %+v", moved)
	}
	_, err = b.Transfer("nothing", to, "office", "", now)
	refused(t, err, ErrJobUnknown)
	must(t, b.Decline(moved.ID, to, "", now))
	must(t, b.Decline(b.visitOf("leak").ID, from, "", now))
	_, err = b.Transfer("leak", to, "office", "", now)
	refused(t, err, ErrNothingToMove)
}
