package ticket

import (
	"testing"

	"github.com/linlihub/linli/services/tickets/policy"
)

// accepted is a ticket that liu has taken.
func accepted(t *testing.T) *Ticket {
	t.Helper()
	tk := assigned(t)
	yes(t, tk.Accept("v1", liu, nineAM))
	return tk
}

func (t *Ticket) second() Second { return t.Snapshot().Visits[0].Second }

// Who comes along is told, stays beside the first when the work is done, and does not count as the one who did it.
func TestSecond_ComesAlong(t *testing.T) {
	tk := accepted(t)
	yes(t, tk.SecondMiss("", nineAM))
	no(t, tk.SecondMiss("", nineAM))
	if tk.second().Missing.IsZero() || tk.State() != StateAccepted {
		t.Errorf("%+v, %s", tk.second(), tk.State())
	}
	yes(t, tk.Join("v1", "v1+", wang, Window{nineAM, nineAM}, nineAM))
	no(t, tk.Join("v1", "v1+", wang, Window{}, nineAM))
	yes(t, tk.SecondArrive("v1+", nineAM))
	no(t, tk.SecondArrive("v1+", nineAM))
	yes(t, tk.Finish("v1", liu, Result{}, nineAM))
	no(t, tk.SecondLeave("v1+", nineAM))
	if s := tk.second(); s.StaffName != wang.Name || !s.Worked || !s.Missing.IsZero() {
		t.Errorf("left %+v", s)
	}
	s := tk.Snapshot()
	if s.FinishedBy != liu.ID || !s.VisibleTo(Viewer{StaffID: wang.ID}) {
		t.Errorf("finished by %s", s.FinishedBy)
	}
	if got := names(tk.Changes()); got != "opened assigned accepted second_missed second_joined came_late second_arrived came_late finished" {
		t.Errorf("told %s", got)
	}
}

// Whoever is called away is no longer part of it, and does not see the ticket any more.
func TestSecond_IsCalledAway(t *testing.T) {
	tk := accepted(t)
	yes(t, tk.Join("v1", "v1+", wang, Window{}, nineAM))
	if s := tk.Snapshot(); !s.VisibleTo(Viewer{StaffID: wang.ID}) {
		t.Error("whoever comes along does not see what for")
	}
	yes(t, tk.SecondLeave("v1+", nineAM))
	no(t, tk.SecondLeave("v1+", nineAM))
	if s := tk.Snapshot(); tk.second() != (Second{}) || s.VisibleTo(Viewer{StaffID: wang.ID}) {
		t.Errorf("left %+v", tk.second())
	}
	yes(t, tk.SecondMiss("", nineAM)) // and may be missed again
}

// What comes for another visit, or out of turn, changes nothing.
func TestSecond_OutOfTurn(t *testing.T) {
	tk := assigned(t)
	yes(t, tk.Unassign("v1", VisitWithdrawn, board, nineAM))
	no(t, tk.Join("v1", "v1+", wang, Window{}, nineAM))
	no(t, tk.SecondMiss("", nineAM))
	yes(t, tk.Assign(Assignment{VisitID: "v2", StaffID: liu.ID, By: board}, nineAM))
	no(t, tk.Join("v1", "v1+", wang, Window{}, nineAM))
	no(t, tk.SecondArrive("v1+", nineAM))
	yes(t, tk.Join("v2", "v2+", wang, Window{}, nineAM))
	no(t, tk.SecondArrive("v1+", nineAM))
	no(t, tk.SecondLeave("v1+", nineAM))
	ok(t, tk.Cancel("", anna, nineAM))
	no(t, tk.SecondLeave("v2+", nineAM))
}

// Who has to come is what the policy said when the ticket was opened.
func TestOpen_SaysWhoHasToCome(t *testing.T) {
	for category, want := range map[Category]bool{Lift: true, Plumbing: false} {
		r := request()
		r.Category = category
		tk, err := Open(r, standard(t), nineAM)
		ok(t, err)
		if s := tk.Snapshot(); s.Crew.Two() != want {
			t.Errorf("%s wants %+v", category, s.Crew)
		}
	}
}

func TestCheckCrews(t *testing.T) {
	ok(t, CheckCrews(standard(t)))
	if err := CheckCrews(&policy.Policy{Crews: map[string]policy.Crew{"lifts": {Hands: 2}}}); err == nil {
		t.Error("a category that is none is taken")
	}
}
