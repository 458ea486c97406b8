package board

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

func TestJobOpened_TwiceIsOnce(t *testing.T) {
	b := district("liu")
	opened(t, b, ticket("leak"))
	b.JobOpened(ticket("leak"), now)
	wantTold(t, b, VisitOffered)
}

// DOMAIN 6: not fixed is the same ticket in its next cycle; the second return excludes the earlier worker and adds a
// supervisor.
func TestRule6_TheSecondReturnGoesToSomebodyElse(t *testing.T) {
	b := district("liu", "wang")
	work := func(v *VisitRow) string {
		must(t, b.Accept(v.ID, v.Staff, now))
		must(t, b.Depart(v.ID, v.Staff, now))
		must(t, b.Arrive(v.ID, v.Staff, now))
		must(t, b.Finish(v.ID, v.Staff, "", "", now))
		b.Settle()
		return v.Staff
	}
	first := work(opened(t, b, ticket("leak")))
	second := ticket("leak", func(j *JobRow) { j.Cycle, j.Excluded, j.Supervisor = 3, []string{first}, true })
	b.JobOpened(second, now)
	v := b.visitOf("leak")
	if v == nil || v.Staff == first || v.Cycle != 3 || !b.Job("leak").Supervisor {
		t.Fatalf("returned as %+v", v)
	}
	b.JobOpened(ticket("leak"), now) // an old message, late
	if b.Job("leak").Cycle != 3 {
		t.Error("an old cycle replaced the new one")
	}
}

// The next cycle may be heard of while a visit of the former one is still open here: a job has one open visit at most.
func TestJobOpened_TheNextCycleEndsTheFormerVisit(t *testing.T) {
	b := district("liu")
	former := opened(t, b, ticket("leak"))
	must(t, b.Accept(former.ID, "liu", now))
	b.Settle()
	b.JobOpened(ticket("leak", func(j *JobRow) { j.Cycle = 2 }), now)
	if v := b.visitOf("leak"); v == nil || v.ID == former.ID || v.Cycle != 2 || former.State != Withdrawn {
		t.Fatalf("former %+v, now %+v", former, v)
	}
	wantTold(t, b, VisitWithdrawn, VisitOffered)
}

func TestJobClosed_WithdrawsAndIsForgotten(t *testing.T) {
	b := district("liu")
	v := opened(t, b, ticket("leak"))
	must(t, b.Accept(v.ID, "liu", now))
	b.Settle()
	b.JobClosed("leak", "cancelled", now)
	wantTold(t, b, VisitWithdrawn)
	if e := b.Changes()[0]; e.Reason != "cancelled" || e.Staff != "liu" || v.State != Withdrawn {
		t.Errorf("told %+v", e)
	}
	b.JobClosed("nothing", "cancelled", now)
	b.Settle()
	b.Replan(now)
	if b.Changed() || b.Waiting() {
		t.Error("a closed ticket is planned again")
	}
}

func TestPause_FreesTheTechnicianAndResumesWhereItWas(t *testing.T) {
	b := district("liu")
	v := opened(t, b, ticket("leak"))
	b.JobPaused("leak", now)
	if v.State != Offered {
		t.Fatal("an offer was paused")
	}
	must(t, b.Accept(v.ID, "liu", now))
	must(t, b.Depart(v.ID, "liu", now))
	must(t, b.Arrive(v.ID, "liu", now))
	b.JobPaused("leak", now)
	if v.State != Paused || len(b.workers(now)[0].Queue) != 0 {
		t.Fatalf("paused as %s", v.State)
	}
	other := opened(t, b, ticket("other"))
	must(t, b.Accept(other.ID, "liu", now))
	must(t, b.Depart(other.ID, "liu", now))
	b.JobResumed("leak", true, now)
	if v.State != Accepted {
		t.Errorf("resumed as %s while on the way elsewhere", v.State)
	}
	must(t, b.Arrive(other.ID, "liu", now))
	must(t, b.Finish(other.ID, "liu", "", "", now))
	b.JobPaused("leak", now)
	b.JobResumed("leak", true, now)
	if v.State != OnSite {
		t.Errorf("resumed at the door as %s", v.State)
	}
	b.JobPaused("leak", now)
	b.JobResumed("leak", false, now)
	if v.State != Accepted {
		t.Errorf("resumed from afar as %s", v.State)
	}
}

func TestTechnicianChanged_KeepsDutyPlaceAndCount(t *testing.T) {
	b := district("liu")
	b.MovePosition("liu", plan.Place{Lat: 30.3, Lon: 120.2}, now)
	b.count("liu", now)
	changed := technician("liu")
	changed.Skills = []string{"masonry"}
	b.TechnicianChanged(changed, now)
	got := b.Technicians()[0]
	if !got.OnDuty || got.At.Lat != 30.3 || got.DoneToday != 1 || !slices.Equal(got.Skills, []string{"masonry"}) {
		t.Errorf("changed to %+v", got)
	}
}

func TestCertificateChanged_ReplacesTheOneOfThatName(t *testing.T) {
	b := district("liu")
	c := plan.Certificate{Skill: "electrical", Name: "低压电工", Until: now.Add(time.Hour)}
	b.CertificateChanged("liu", c, now)
	c.Until = now
	b.CertificateChanged("liu", c, now)
	b.CertificateChanged("liu", plan.Certificate{Skill: "gas", Name: "燃气"}, now)
	if got := b.Technicians()[0].Certificates; len(got) != 2 || !got[0].Until.Equal(now) {
		t.Errorf("certificates %+v", got)
	}
	b.CertificateChanged("nobody", c, now)
}

func TestDutyEnded_WhatIsBegunIsFinished(t *testing.T) {
	b := district("liu")
	begun, next := opened(t, b, ticket("a")), opened(t, b, ticket("b"))
	must(t, b.Accept(begun.ID, "liu", now))
	must(t, b.Accept(next.ID, "liu", now))
	must(t, b.Depart(begun.ID, "liu", now))
	b.Settle()
	b.DutyEnded("liu", now)
	if begun.State != UnderWay || next.State != Withdrawn {
		t.Fatalf("begun %s, next %s", begun.State, next.State)
	}
	wantTold(t, b, VisitWithdrawn, NoCandidate)
	must(t, b.Arrive(begun.ID, "liu", now))
	must(t, b.Finish(begun.ID, "liu", "", "", now))
}

// DOMAIN 3 and 10: who forgets to end duty keeps nothing that is not begun. The others get it, whatever else happens.
func TestDutyStarted_LapsesWhenNobodyEndsIt(t *testing.T) {
	b := district("liu")
	end, lapse := now.Add(2*time.Hour), now.Add(3*time.Hour)
	b.DutyStarted("liu", here, end, lapse, now)
	begun, next := opened(t, b, ticket("a")), opened(t, b, ticket("b"))
	must(t, b.Accept(begun.ID, "liu", now))
	must(t, b.Accept(next.ID, "liu", now))
	must(t, b.Depart(begun.ID, "liu", now))
	b.Settle()
	if due := b.NextDue(); !due.Equal(lapse) {
		t.Errorf("due at %v, want %v", due, lapse)
	}
	b.TechnicianChanged(TechnicianRow{Technician: plan.Technician{ID: "liu", Skills: []string{"plumbing"}}}, now) // sends nobody home
	b.ExpireDue(lapse.Add(-time.Second))
	if next.State != Accepted {
		t.Fatalf("in the hour after the end it is %s", next.State)
	}
	b.ExpireDue(lapse)
	if begun.State != UnderWay || next.State != Withdrawn || b.Technicians()[0].OnDuty {
		t.Fatalf("begun %s, next %s, %+v", begun.State, next.State, b.Technicians()[0])
	}
	if due := b.NextDue(); !due.IsZero() {
		t.Errorf("due again at %v", due)
	}
	wantTold(t, b, VisitWithdrawn, NoCandidate, EtaChanged) // the one under way is late by now
	b.Settle()
	b.ExpireDue(lapse.Add(time.Hour)) // it lapses once
	wantTold(t, b)
}

func TestCount_StartsAnewAtMidnightOfChina(t *testing.T) {
	b := district("liu")
	b.count("liu", time.Date(2025, 3, 24, 15, 59, 0, 0, time.UTC)) // 23:59 in China
	b.count("liu", time.Date(2025, 3, 24, 16, 0, 0, 0, time.UTC))
	if got := b.Technicians()[0]; got.DoneToday != 1 || got.Day != "2025-03-25" {
		t.Errorf("counted %+v", got)
	}
	if got := b.workers(time.Date(2025, 3, 26, 4, 0, 0, 0, time.UTC))[0].DoneToday; got != 0 {
		t.Errorf("%d of yesterday count today", got)
	}
}

func TestMovePosition_TellsOnlyWindowsThatMove(t *testing.T) {
	b := district("liu")
	v := opened(t, b, ticket("leak"))
	must(t, b.Accept(v.ID, "liu", now))
	must(t, b.Depart(v.ID, "liu", now))
	b.Settle()
	b.MovePosition("liu", plan.Place{Lat: here.Lat + .0001, Lon: here.Lon}, now)
	wantTold(t, b)
	b.MovePosition("liu", plan.Place{Lat: here.Lat + .1, Lon: here.Lon}, now)
	wantTold(t, b, EtaChanged)
	if e := b.Changes()[0]; !e.Window.From.After(now.Add(10*minute)) || v.Window != e.Window {
		t.Errorf("told %+v", e)
	}
	// A broken telephone must not stop the board.
	b.MovePosition("liu", plan.Place{Lat: math.NaN(), Lon: math.Inf(1)}, now)
	must(t, b.Arrive(v.ID, "liu", now))
}
