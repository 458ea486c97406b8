package board

import (
	"slices"
	"testing"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

func forTwo(j *JobRow) { j.Hands = 2 }

// pairOf is a board on which somebody has work for two in hand; it answers the visit of the first, and that of the second if one is asked.
func pairOf(t *testing.T, b *Board, change ...func(*JobRow)) (first, second *VisitRow) {
	t.Helper()
	first = opened(t, b, ticket("lift", append([]func(*JobRow){forTwo}, change...)...))
	if b.Job(SecondOf("lift")) != nil {
		t.Fatal("a second is wanted before anybody has the work")
	}
	must(t, b.Accept(first.ID, first.Staff, now))
	return first, b.visitOf(SecondOf("lift"))
}

// seconds lists what was told of seconds since Settle.
func seconds(b *Board) (told []Event) {
	for _, e := range b.Changes() {
		if e.Second {
			told = append(told, e)
		}
	}
	return told
}

func wantSeconds(t *testing.T, b *Board, want ...Kind) []Event {
	t.Helper()
	var kinds []Kind
	told := seconds(b)
	for _, e := range told {
		kinds = append(kinds, e.Kind)
		if e.JobID != "lift" {
			t.Errorf("%s is told of ticket %s", e.Kind, e.JobID)
		}
	}
	if !slices.Equal(kinds, want) {
		t.Fatalf("told of seconds %v, want %v", kinds, want)
	}
	return told
}

// The whole life: the first takes it, a second is asked, both come, the first finishes, both are free and have worked today.
func TestSecond_ComesAlongAndIsFreeAgain(t *testing.T) {
	b := district("liu", "wang")
	first, second := pairOf(t, b)
	if second == nil || second.Staff == first.Staff || second.State != Offered || second.Decision.Staff != second.Staff {
		t.Fatalf("the first is %s, the second %+v", first.Staff, second)
	}
	refused(t, b.Accept(second.ID, first.Staff, now), ErrVisitUnknown)
	must(t, b.Accept(second.ID, second.Staff, now))
	must(t, b.Depart(second.ID, second.Staff, now))
	if second.PositionVisible() {
		t.Error("the resident sees where the second is")
	}
	must(t, b.Depart(first.ID, first.Staff, now))
	must(t, b.Arrive(second.ID, second.Staff, now.Add(minute)))
	refused(t, b.Finish(second.ID, second.Staff, "", "", now.Add(2*minute)), ErrFirstFinishes)
	must(t, b.Arrive(first.ID, first.Staff, now.Add(5*minute)))
	must(t, b.Finish(first.ID, first.Staff, "修好", "", now.Add(30*minute)))
	if second.State != Finished || !second.EndedAt.Equal(now.Add(30*minute)) {
		t.Errorf("the second is %+v", second)
	}
	for _, w := range b.Technicians() {
		if w.DoneToday != 1 {
			t.Errorf("%s has done %d", w.ID, w.DoneToday)
		}
	}
	told := wantSeconds(t, b, VisitOffered, VisitAccepted, VisitDeparted, VisitArrived, VisitFinished)
	if told[1].FirstVisitID != first.ID || told[1].Name != second.Staff+"师傅" || told[4].Reason != "finished" {
		t.Errorf("told %+v", told)
	}
	b.Settle()
	if len(b.Jobs())+len(b.Visits()) != 0 {
		t.Errorf("left: %+v %+v", b.Jobs(), b.Visits())
	}
}

// Whatever takes the work out of the first's hands lets the second go, and a second comes along to the next who has it.
func TestSecond_IsFreeWhenTheFirstNoLongerHasTheWork(t *testing.T) {
	for name, c := range map[string]struct {
		do     func(b *Board, first string) error
		reason string
	}{
		"paused":    {func(b *Board, _ string) error { b.JobPaused("lift", now); return nil }, "released"},
		"cancelled": {func(b *Board, _ string) error { b.JobClosed("lift", "cancelled", now); return nil }, "finished"},
		"off duty":  {func(b *Board, first string) error { b.DutyEnded(first, now); return nil }, "released"},
		"returned": {func(b *Board, _ string) error {
			b.JobOpened(ticket("lift", forTwo, func(j *JobRow) { j.Cycle = 2 }), now)
			return nil
		}, "released"},
		"transferred": {func(b *Board, _ string) error {
			_, err := b.Transfer("lift", "zhao", "office", "顺路", now)
			return err
		}, "released"},
	} {
		t.Run(name, func(t *testing.T) {
			b := district("liu", "wang", "zhao")
			first, second := pairOf(t, b)
			must(t, b.Accept(second.ID, second.Staff, now))
			b.Settle()
			must(t, c.do(b, first.Staff))
			if second.State != Withdrawn || b.Job(SecondOf("lift")) != nil && !b.Job(SecondOf("lift")).Closed {
				t.Fatalf("the second is %+v", second)
			}
			if told := wantSeconds(t, b, VisitWithdrawn); told[0].Reason != c.reason || told[0].Staff != second.Staff {
				t.Errorf("told %+v", told)
			}
		})
	}
}

// After the pause somebody is wanted again, and whoever then takes the work of another is not second to themselves.
func TestSecond_IsWantedAgain(t *testing.T) {
	b := district("liu", "wang")
	_, second := pairOf(t, b)
	b.JobPaused("lift", now)
	b.Settle()
	b.JobResumed("lift", false, now)
	if again := b.visitOf(SecondOf("lift")); again == nil || again.ID == second.ID || again.Staff != second.Staff {
		t.Fatalf("after the pause %+v", again)
	}
	moved, err := b.Transfer("lift", second.Staff, "office", "换人", now)
	must(t, err)
	must(t, b.Accept(moved.ID, second.Staff, now))
	if again := b.visitOf(SecondOf("lift")); again == nil || again.Staff == second.Staff {
		t.Errorf("the second of %s is %+v", second.Staff, again)
	}
}

// The first waits for nobody: alone in the district they go, the office is told once, and the second comes as soon as one is free.
func TestSecond_TheFirstGoesAloneAndTheOfficeIsTold(t *testing.T) {
	b := district("liu", "wang")
	b.technicians["wang"].Skills = []string{"cleaning"}
	busy := opened(t, b, ticket("dirt", func(j *JobRow) { j.Skill = "cleaning" }))
	must(t, b.Accept(busy.ID, "wang", now))
	must(t, b.Depart(busy.ID, "wang", now))
	must(t, b.Arrive(busy.ID, "wang", now))
	b.Settle()
	first, second := pairOf(t, b)
	if second != nil {
		t.Fatalf("asked %+v, who is at work", second)
	}
	must(t, b.Depart(first.ID, "liu", now))
	b.Wake(now.Add(minute))
	if told := wantSeconds(t, b, NoCandidate); len(told[0].Reasons) != 0 {
		t.Errorf("nobody may: %v", told[0].Reasons)
	}
	must(t, b.Finish(busy.ID, "wang", "", "", now.Add(10*minute)))
	if second = b.visitOf(SecondOf("lift")); second == nil || second.Staff != "wang" {
		t.Errorf("the second is %+v", second)
	}
}

// Who may come along: anybody on duty, or only who has the skill and the certificate, as the policy says.
func TestSecond_NeedsWhatThePolicySays(t *testing.T) {
	certified := plan.Certificate{Skill: "lift", Name: "电梯修理 T", Until: now.Add(time.Hour)}
	for name, c := range map[string]struct {
		certified, has bool
		asked          bool
	}{
		"anybody will do":          {false, false, true},
		"a certificate is wanted":  {true, false, false},
		"a certificate is at hand": {true, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := district("liu", "wang")
			b.technicians["liu"].Skills, b.technicians["liu"].Certificates = []string{"lift"}, []plan.Certificate{certified}
			if c.has {
				b.technicians["wang"].Skills, b.technicians["wang"].Certificates = []string{"lift"}, []plan.Certificate{certified}
				b.technicians["wang"].At.Lat += .05 // and so the second
			}
			_, second := pairOf(t, b, func(j *JobRow) { j.Skill, j.SecondCertified = "lift", c.certified })
			if (second != nil) != c.asked {
				t.Fatalf("asked %+v", second)
			}
			if !c.asked && wantSeconds(t, b, NoCandidate)[0].Reasons[plan.NoSkill] != 1 {
				t.Errorf("told %+v", seconds(b))
			}
		})
	}
}

// An emergency finds its first before another finds its second.
func TestSecond_AnEmergencyNeverWaitsForTheSecondOfAnother(t *testing.T) {
	b := district("liu", "wang", "zhao")
	b.DutyEnded("zhao", now)
	first, second := pairOf(t, b, urgent)
	must(t, b.Decline(second.ID, second.Staff, "", now)) // so that a second still is wanted
	b.Settle()
	b.technicians["zhao"].At.Lat += .03
	b.JobOpened(ticket("gas", urgent, func(j *JobRow) { j.Excluded = []string{first.Staff, second.Staff} }), now)
	b.DutyStarted("zhao", plan.Place{}, time.Time{}, time.Time{}, now)
	if gas := b.visitOf("gas"); gas == nil || gas.Staff != "zhao" {
		t.Errorf("the emergency has %+v, the second of the other is %+v", gas, b.visitOf(SecondOf("lift")))
	}
}

// The office may send the second by hand, but not the first beside themselves.
func TestSecond_ByHand(t *testing.T) {
	b := district("liu")
	first, _ := pairOf(t, b)
	b.TechnicianChanged(technician("wang"), now)
	_, err := b.Assign("lift", "liu", "office", "快", now)
	refused(t, err, ErrNotEligible)
	_, err = b.Assign("lift", "wang", "office", "快", now)
	refused(t, err, ErrNotEligible) // not on duty
	b.technicians["wang"].OnDuty = true
	v, err := b.Assign("lift", "wang", "office", "快", now)
	must(t, err)
	if v.JobID != SecondOf("lift") || v.Staff != "wang" || v.By != "office" || first.State != Accepted {
		t.Errorf("assigned %+v beside %+v", v, first)
	}
	_, err = b.Assign("lift", "wang", "office", "快", now)
	refused(t, err, ErrAlreadyOut)
}

// An emergency takes the first from the way; whoever came along is free at once for what waits.
func TestSecond_IsFreeWhenAnEmergencyCallsTheFirst(t *testing.T) {
	b := district("liu", "wang")
	b.technicians["liu"].Skills = []string{"plumbing", "gas"}
	b.technicians["liu"].Certificates = []plan.Certificate{{Skill: "gas", Until: now.Add(time.Hour)}}
	b.technicians["wang"].Skills = []string{"cleaning"}
	first, second := pairOf(t, b)
	must(t, b.Accept(second.ID, "wang", now))
	must(t, b.Depart(first.ID, "liu", now))
	b.JobOpened(ticket("dirt", func(j *JobRow) { j.Skill = "cleaning" }), now)
	b.Settle()
	b.JobOpened(ticket("gas", urgent, func(j *JobRow) { j.Skill = "gas" }), now)
	if first.State != Withdrawn || second.State != Withdrawn {
		t.Fatalf("first %+v, second %+v", first, second)
	}
	if dirt := b.visitOf("dirt"); dirt == nil || dirt.Staff != "wang" {
		t.Errorf("what waited: %+v", dirt)
	}
}
