package ticket

import (
	"strings"
	"testing"
	"time"
)

func TestVisit_WithoutTrouble(t *testing.T) {
	tk := open(t, nineAM)
	for _, step := range []struct {
		do   func() bool
		want State
	}{
		{func() bool { return tk.Assign(Assignment{VisitID: "v1", StaffID: liu.ID, By: board}, nineAM) }, StateAssigned},
		{func() bool { return tk.Accept("v1", liu, nineAM) }, StateAccepted},
		{func() bool { return tk.Depart("v1", liu, nineAM) }, StateUnderWay},
		{func() bool { return tk.Arrive("v1", liu, nineAM) }, StateOnSite},
		{func() bool { return tk.Finish("v1", liu, Result{Words: "好了"}, nineAM) }, StateFinished},
	} {
		yes(t, step.do())
		if tk.State() != step.want {
			t.Fatalf("state %s, want %s", tk.State(), step.want)
		}
		if repeated := step.do(); repeated || tk.State() != step.want {
			t.Fatalf("repeating %s had an effect", step.want)
		}
	}
	s := tk.Snapshot()
	if s.FinishedBy != liu.ID || s.Result.Words != "好了" || s.Visits[0].Ended != VisitFinished || s.Visits[0].StaffName != liu.Name {
		t.Errorf("left %+v", s)
	}
}

func TestVisit_ComesToNothing(t *testing.T) {
	for _, c := range []struct {
		why, want VisitEnd
	}{{VisitDeclined, VisitDeclined}, {VisitExpired, VisitExpired}, {VisitWithdrawn, VisitWithdrawn}, {"whatever", VisitWithdrawn}} {
		tk := assigned(t)
		yes(t, tk.Unassign("v1", c.why, board, nineAM))
		s := tk.Snapshot()
		if tk.State() != StateOpened || s.Visits[0].Ended != c.want || s.OpenVisit() != nil {
			t.Errorf("%s leaves %s, visit %s", c.why, tk.State(), s.Visits[0].Ended)
		}
		visit(t, tk, "v2", wang, nineAM)
	}
}

func TestVisit_ANewOneSupersedes(t *testing.T) {
	tk := assigned(t)
	yes(t, tk.Accept("v1", liu, nineAM))
	yes(t, tk.Assign(Assignment{VisitID: "v2", StaffID: wang.ID, By: office}, nineAM))
	if got := names(tk.Changes()); got != "opened assigned accepted unassigned assigned" {
		t.Errorf("told %s", got)
	}
	for what, do := range map[string]func() bool{
		"accepted":   func() bool { return tk.Accept("v1", liu, nineAM) },
		"departed":   func() bool { return tk.Depart("v1", liu, nineAM) },
		"arrived":    func() bool { return tk.Arrive("v1", liu, nineAM) },
		"finished":   func() bool { return tk.Finish("v1", liu, Result{}, nineAM) },
		"unassigned": func() bool { return tk.Unassign("v1", VisitExpired, board, nineAM) },
		"assigned":   func() bool { return tk.Assign(Assignment{VisitID: "v1", StaffID: liu.ID, By: board}, nineAM) },
	} {
		no(t, do())
		changes := tk.Changes()
		if late, isLate := changes[len(changes)-1].(CameLate); !isLate || late.What != what || late.VisitID != "v1" {
			t.Errorf("%s of a superseded visit told %+v", what, changes[len(changes)-1])
		}
	}
	if s := tk.Snapshot(); tk.State() != StateAssigned || s.OpenVisit().ID != "v2" {
		t.Errorf("a superseded visit moved the ticket to %s", tk.State())
	}
}

func TestVisit_ReportsAfterTheEndAreKeptWithoutEffect(t *testing.T) {
	for name, end := range map[string]func(*Ticket){
		"cancelled": func(tk *Ticket) { ok(t, tk.Cancel("不用了", anna, nineAM)) },
		"finished":  func(tk *Ticket) { yes(t, tk.Finish("v1", liu, Result{}, nineAM)) },
		"closed":    func(tk *Ticket) { yes(t, tk.Finish("v1", liu, Result{}, nineAM)); ok(t, tk.Close(anna, nineAM)) },
	} {
		t.Run(name, func(t *testing.T) {
			tk := assigned(t)
			end(tk)
			before, state := tk.Snapshot(), tk.State()
			no(t, tk.Finish("v1", liu, Result{Words: "late"}, nineAM))
			no(t, tk.Assign(Assignment{VisitID: "v9", By: board}, nineAM))
			no(t, tk.Arrive("v9", liu, nineAM))
			no(t, tk.NoCandidate("nobody", nineAM))
			no(t, tk.MoveEta("v1", Window{nineAM, nineAM}, nineAM))
			after := tk.Snapshot()
			if tk.State() != state || after.Result.Words != before.Result.Words || len(after.Visits) != 1 {
				t.Errorf("moved from %s to %s", state, tk.State())
			}
			if got := names(tk.Changes()); !strings.HasSuffix(got, "came_late came_late came_late") {
				t.Errorf("told %s", got)
			}
		})
	}
}

func TestVisit_OutOfTurn(t *testing.T) {
	t.Run("departed without accepted implies the acceptance", func(t *testing.T) {
		tk := assigned(t)
		yes(t, tk.Depart("v1", liu, nineAM.Add(4*time.Minute)))
		no(t, tk.Accept("v1", liu, nineAM.Add(2*time.Minute)))
		c := tk.Snapshot().Timeline.Cycles[0]
		if tk.State() != StateUnderWay || !c.Accepted.Equal(nineAM.Add(4*time.Minute)) || !c.Responded.Equal(c.Accepted) {
			t.Errorf("%s %+v", tk.State(), c)
		}
	})
	t.Run("finished without a word before", func(t *testing.T) {
		tk := assigned(t)
		yes(t, tk.Finish("v1", liu, Result{}, nineAM.Add(time.Hour)))
		if c := tk.Snapshot().Timeline.Cycles[0]; c.Responded.IsZero() || !c.Arrived.IsZero() {
			t.Errorf("%+v", c)
		}
	})
	t.Run("a visit never heard of is taken for assigned", func(t *testing.T) {
		tk := open(t, nineAM)
		yes(t, tk.Accept("v7", wang, nineAM))
		if s := tk.Snapshot(); s.OpenVisit() == nil || s.OpenVisit().StaffName != wang.Name || tk.State() != StateAccepted {
			t.Errorf("%s %+v", tk.State(), s.Visits)
		}
		no(t, tk.Assign(Assignment{VisitID: "v7", StaffID: wang.ID, By: board}, nineAM))
	})
	t.Run("but not beside an open one", func(t *testing.T) {
		tk := assigned(t)
		no(t, tk.Accept("v7", wang, nineAM))
		if s := tk.Snapshot(); s.OpenVisit().ID != "v1" {
			t.Errorf("%+v", s.Visits)
		}
	})
	t.Run("the visit of a former cycle is passed over", func(t *testing.T) {
		tk := finished(t)
		ok(t, tk.Reopen("还在滴", anna, nineAM.Add(2*time.Hour)))
		no(t, tk.Arrive("v1", liu, nineAM.Add(2*time.Hour)))
		no(t, tk.Unassign("v1", VisitWithdrawn, board, nineAM))
		if tk.State() != StateOpened {
			t.Errorf("state %s", tk.State())
		}
	})
}

func TestVisit_WhoeverReportsIsTheTechnician(t *testing.T) {
	tk := assigned(t)
	yes(t, tk.Accept("v1", wang, nineAM)) // a grab: the winner is named by the acceptance
	if v := tk.Snapshot().Visits[0]; v.StaffID != wang.ID || v.StaffName != wang.Name {
		t.Errorf("%+v", v)
	}
	yes(t, tk.Depart("v1", Technician{}, nineAM)) // a report without a name changes nobody
	if v := tk.Snapshot().Visits[0]; v.StaffID != wang.ID || v.StaffName != wang.Name {
		t.Errorf("%+v", v)
	}
}

func TestEta_MovesOnlyTheOpenVisitBeforeItsArrival(t *testing.T) {
	tk := assigned(t)
	eta := Window{moment("2025-03-24 14:20"), moment("2025-03-24 14:35")}
	yes(t, tk.MoveEta("v1", eta, nineAM))
	if got := tk.Snapshot().Visits[0].Eta; !got.From.Equal(eta.From) || !got.To.Equal(eta.To) {
		t.Errorf("eta %v", got)
	}
	version := tk.Version()
	no(t, tk.MoveEta("v1", eta, nineAM))                                                             // the same again
	no(t, tk.MoveEta("v1", Window{eta.From.Add(59 * time.Second), eta.To.Add(time.Second)}, nineAM)) // the same to read
	no(t, tk.MoveEta("v2", Window{}, nineAM))
	yes(t, tk.Arrive("v1", liu, nineAM))
	no(t, tk.MoveEta("v1", Window{}, nineAM))
	if tk.Version() != version+1 {
		t.Errorf("expectations that are old or nothing new left a trace: %s", names(tk.Changes()))
	}
}

func TestRule3_NoCandidateIsRaisedAtOnceAndOnce(t *testing.T) {
	tk := open(t, nineAM)
	yes(t, tk.NoCandidate("no_skill=14", nineAM))
	no(t, tk.NoCandidate("no_skill=14", nineAM.Add(time.Minute)))
	if s := tk.Snapshot(); !s.NoCandidate.Equal(nineAM) {
		t.Errorf("no candidate since %v", s.NoCandidate)
	}
	yes(t, tk.Assign(Assignment{VisitID: "v1", StaffID: liu.ID, By: board}, nineAM))
	no(t, tk.NoCandidate("late", nineAM))
	if s := tk.Snapshot(); !s.NoCandidate.IsZero() {
		t.Error("still no candidate")
	}
	yes(t, tk.Unassign("v1", VisitDeclined, board, nineAM))
	yes(t, tk.NoCandidate("again", nineAM))
}

func TestFinish_CutsWhatIsTooLong(t *testing.T) {
	tk := assigned(t)
	yes(t, tk.Finish("v1", liu, Result{
		Words: strings.Repeat("好", 5000), Photos: make([]string, 20), Materials: []Material{{Name: strings.Repeat("管", 300)}},
	}, nineAM))
	r := tk.Snapshot().Result
	if len([]rune(r.Words)) != MaxWords || len(r.Photos) != MaxPhotos || len([]rune(r.Materials[0].Name)) != 100 {
		t.Errorf("kept %d characters, %d photos", len([]rune(r.Words)), len(r.Photos))
	}
}
