package ticket

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/services/tickets/policy"
)

func TestRule3_EscalatesAt50And80And100Percent(t *testing.T) {
	tk := open(t, nineAM) // P2: response within 15 minutes
	if got := spell(tk.Deadlines()); got != "escalate_50 09:07:30, escalate_80 09:12:00, escalate_100 09:15:00" {
		t.Fatalf("deadlines %s", got)
	}
	for _, c := range []struct {
		percent int
		after   time.Duration
		tell    policy.Role
		sorry   bool
	}{{50, 7*time.Minute + 30*time.Second, policy.Dispatcher, false}, {80, 12 * time.Minute, policy.Manager, false}, {100, 15 * time.Minute, policy.DutyLead, true}} {
		no(t, tk.Fire(Escalate(c.percent), nineAM.Add(c.after-time.Second)))
		yes(t, tk.Fire(Escalate(c.percent), nineAM.Add(c.after)))
		no(t, tk.Fire(Escalate(c.percent), nineAM.Add(c.after)))
		e := tk.Changes()[len(tk.Changes())-1].(Escalated)
		if e.Percent != c.percent || e.Tell != c.tell || e.Apologise != c.sorry || !e.Due.Equal(nineAM.Add(c.after)) {
			t.Errorf("at %d %% told %+v", c.percent, e)
		}
	}
	if len(tk.Deadlines()) != 0 {
		t.Errorf("still ahead: %s", spell(tk.Deadlines()))
	}
}

func TestRule3_EscalationRunsInWorkingTime(t *testing.T) {
	tk := open(t, ninePM)
	if got := spell(tk.Deadlines()); got != "escalate_50 08:07:30, escalate_80 08:12:00, escalate_100 08:15:00" {
		t.Errorf("deadlines %s", got)
	}
	r := request()
	r.Category = Gas
	emergency, err := Open(r, standard(t), ninePM)
	ok(t, err)
	if got := spell(emergency.Deadlines()); got != "escalate_50 21:02:30, escalate_80 21:04:00, escalate_100 21:05:00" {
		t.Errorf("deadlines of P1 %s", got)
	}
}

func TestRule3_OnlyWhileUnassigned(t *testing.T) {
	tk := open(t, nineAM)
	yes(t, tk.Fire(Escalate(50), nineAM.Add(8*time.Minute)))
	yes(t, tk.Assign(Assignment{VisitID: "v1", StaffID: liu.ID, By: board}, nineAM.Add(9*time.Minute)))
	if len(tk.Deadlines()) != 0 {
		t.Errorf("assigned, yet %s", spell(tk.Deadlines()))
	}
	no(t, tk.Fire(Escalate(80), nineAM.Add(time.Hour)))

	yes(t, tk.Unassign("v1", VisitExpired, board, nineAM.Add(20*time.Minute)))
	if got := spell(tk.Deadlines()); got != "escalate_80 09:12:00, escalate_100 09:15:00" { // past already: due at once
		t.Errorf("lost its technician: %s", got)
	}
	yes(t, tk.Fire(Escalate(80), nineAM.Add(20*time.Minute)))
	yes(t, tk.Fire(Escalate(100), nineAM.Add(20*time.Minute)))
}

func TestRule3_AReturnIsEscalatedAnew(t *testing.T) {
	tk := open(t, nineAM)
	yes(t, tk.Fire(Escalate(50), nineAM.Add(8*time.Minute)))
	visit(t, tk, "v1", liu, nineAM.Add(9*time.Minute))
	ok(t, tk.Reopen("", anna, moment("2025-03-24 14:00")))
	if got := spell(tk.Deadlines()); got != "escalate_50 14:07:30, escalate_80 14:12:00, escalate_100 14:15:00" {
		t.Errorf("deadlines %s", got)
	}
}

func TestDeadlines_OfAComplaintEndWithAHumanReply(t *testing.T) {
	r := request()
	r.Category = Noise
	complaint, err := Open(r, standard(t), nineAM)
	ok(t, err)
	ok(t, complaint.Reply("已收到", office, nineAM))
	if len(complaint.Deadlines()) != 0 {
		t.Errorf("answered, yet %s", spell(complaint.Deadlines()))
	}
	repair := open(t, nineAM)
	ok(t, repair.Reply("已收到", office, nineAM))
	if len(repair.Deadlines()) != 3 {
		t.Error("a reply repairs nothing: somebody must still be assigned")
	}
	ok(t, repair.Pause(WaitingResident, "", office, nineAM))
	if len(repair.Deadlines()) != 0 {
		t.Error("escalated while waiting for the resident")
	}
}

func TestDeadlines_AutoClose(t *testing.T) {
	tk := finished(t)
	if got := tk.Deadlines(); len(got) != 1 || got[0].Kind != AutoClose || !got[0].At.Equal(nineAM.Add(73*time.Hour)) {
		t.Errorf("deadlines %v", got)
	}
	no(t, open(t, nineAM).Fire(AutoClose, nineAM.Add(10000*time.Hour)))
	no(t, tk.Fire("nonsense", nineAM.Add(10000*time.Hour)))
	yes(t, tk.Fire(AutoClose, nineAM.Add(73*time.Hour)))
	if len(tk.Deadlines()) != 0 {
		t.Error("a closed ticket has deadlines")
	}
}

func spell(deadlines []Deadline) string {
	var all []string
	for _, d := range deadlines {
		all = append(all, fmt.Sprintf("%s %s", d.Kind, d.At.In(policy.Zone).Format(time.TimeOnly)))
	}
	return strings.Join(all, ", ")
}
