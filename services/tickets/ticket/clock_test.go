package ticket

import (
	"testing"
	"time"

	"github.com/linlihub/linli/services/tickets/policy"
)

func TestRule1_ResolutionClockVectors(t *testing.T) {
	for _, c := range []struct {
		name    string
		windows []string
		opened  string
		pauses  [][2]string // the last may be open
		now     string
		due     string
		used    time.Duration
	}{
		{"target 8 h from 09:00", nil, "2025-03-24 09:00", nil, "2025-03-24 13:00", "2025-03-24 17:00", 4 * time.Hour},
		{"pause 17:00→09:00 next day: due still 17:00", nil, "2025-03-24 09:00", [][2]string{{"2025-03-24 17:00", "2025-03-25 09:00"}}, "2025-03-25 10:00", "2025-03-24 17:00", 9 * time.Hour},
		{"pause in working time moves the due", nil, "2025-03-24 09:00", [][2]string{{"2025-03-24 10:00", "2025-03-24 12:00"}}, "2025-03-24 13:00", "2025-03-25 11:00", 2 * time.Hour},
		{"pause over a night counts its working part", nil, "2025-03-24 09:00", [][2]string{{"2025-03-24 16:00", "2025-03-25 10:00"}}, "2025-03-25 11:00", "2025-03-25 11:00", 8 * time.Hour},
		{"two pauses", nil, "2025-03-24 09:00", [][2]string{{"2025-03-24 10:00", "2025-03-24 11:00"}, {"2025-03-24 12:00", "2025-03-24 13:00"}}, "2025-03-24 14:00", "2025-03-25 11:00", 3 * time.Hour},
		{"an open pause pushes the due along", nil, "2025-03-24 09:00", [][2]string{{"2025-03-24 10:00", ""}}, "2025-03-24 15:00", "2025-03-25 14:00", time.Hour},
		{"two windows a day", []string{"08:00-12:00", "13:30-18:00"}, "2025-03-24 08:00", nil, "2025-03-24 14:30", "2025-03-24 17:30", 5 * time.Hour},
		{"pause over noon of two windows", []string{"08:00-12:00", "13:30-18:00"}, "2025-03-24 08:00", [][2]string{{"2025-03-24 12:00", "2025-03-24 13:30"}}, "2025-03-24 14:30", "2025-03-24 17:30", 5 * time.Hour},
		{"make-up Saturday works 调休", nil, "2025-03-28 16:00", nil, "2025-03-29 10:00", "2025-03-29 16:00", 2 * time.Hour},
		{"opened at night", nil, "2025-03-24 23:00", nil, "2025-03-25 08:59", "2025-03-25 17:00", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plainDay(t, c.windows...)
			tk, err := Open(request(), p, moment(c.opened))
			ok(t, err)
			yes(t, tk.Accept("v1", liu, moment(c.opened)))
			for _, pause := range c.pauses {
				ok(t, tk.Pause(WaitingResident, "", Staff(liu.ID), moment(pause[0])))
				if pause[1] != "" {
					ok(t, tk.Resume(Staff(liu.ID), moment(pause[1])))
				}
			}
			got := tk.Clocks(moment(c.now)).Resolution
			if !got.Due.Equal(moment(c.due)) || got.Used != c.used {
				t.Errorf("due %v used %v, want %s and %v", got.Due.In(policy.Zone), got.Used, c.due, c.used)
			}
		})
	}
}

func TestRule1_ResponseStopsForAHumanOnly(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(*Ticket) error
		stops bool
	}{
		{"a reply of staff", func(tk *Ticket) error { return tk.Reply("马上安排", office, nineAM.Add(time.Minute)) }, true},
		{"an acceptance", func(tk *Ticket) error { tk.Accept("v1", liu, nineAM.Add(time.Minute)); return nil }, true},
		{"a bot's reply", func(tk *Ticket) error {
			return tk.Reply("您的工单已收到", Bot("assistant"), nineAM.Add(time.Minute))
		}, false},
		{"an automatic message", func(tk *Ticket) error { return tk.Reply("排队中", System("dispatch"), nineAM.Add(time.Minute)) }, false},
		{"the resident's own words", func(tk *Ticket) error { return tk.Reply("在吗？", anna, nineAM.Add(time.Minute)) }, false},
		{"an offer nobody accepted", func(tk *Ticket) error {
			tk.Assign(Assignment{VisitID: "v1", StaffID: liu.ID, By: board}, nineAM.Add(time.Minute))
			return nil
		}, false},
		{"an apology on time", func(tk *Ticket) error { tk.Fire(Escalate(100), nineAM.Add(time.Hour)); return nil }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tk := open(t, nineAM)
			ok(t, c.do(tk))
			clock := tk.Clocks(nineAM.Add(2 * time.Hour)).Current().Response
			if stopped := !clock.Stopped.IsZero(); stopped != c.stops || clock.Kept != c.stops {
				t.Errorf("stopped %v, kept %v, want %v", stopped, clock.Kept, c.stops)
			}
		})
	}
}

func TestRule1_PausesAreListedAndNeverBeforeTheResponse(t *testing.T) {
	tk := open(t, nineAM)
	refused(t, tk.Pause(WaitingResident, "", office, nineAM), ErrPauseTooEarly)
	refused(t, tk.Pause("lunch", "", office, nineAM), ErrPauseReason)
	ok(t, tk.Reply("收到", office, nineAM))
	for _, reason := range PauseReasons() {
		ok(t, tk.Pause(reason, "", office, nineAM))
		if tk.State() != StatePaused {
			t.Errorf("state %s", tk.State())
		}
		refused(t, tk.Pause(reason, "", office, nineAM), ErrNotPausable)
		ok(t, tk.Resume(office, nineAM))
	}
	refused(t, tk.Resume(office, nineAM), ErrNotPaused)
	done := finished(t)
	refused(t, done.Pause(PartOrdered, "", office, nineAM), ErrNotPausable)
	ok(t, done.Close(office, nineAM))
	refused(t, done.Pause(PartOrdered, "", office, nineAM), ErrClosed)
}

func TestPause_EndsWhenTheWorkGoesOn(t *testing.T) {
	for name, do := range map[string]func(*Ticket, time.Time) bool{
		"departed": func(tk *Ticket, at time.Time) bool { return tk.Depart("v1", liu, at) },
		"arrived":  func(tk *Ticket, at time.Time) bool { return tk.Arrive("v1", liu, at) },
		"finished": func(tk *Ticket, at time.Time) bool { return tk.Finish("v1", liu, Result{}, at) },
	} {
		t.Run(name, func(t *testing.T) {
			tk := assigned(t)
			yes(t, tk.Accept("v1", liu, nineAM))
			ok(t, tk.Pause(AccessRefused, "", Staff(liu.ID), nineAM.Add(10*time.Minute)))
			yes(t, do(tk, nineAM.Add(40*time.Minute)))
			if tk.State() == StatePaused {
				t.Error("still paused")
			}
			if used := tk.Clocks(nineAM.Add(time.Hour)).Resolution.Used; name != "finished" && used != 30*time.Minute || name == "finished" && used != 10*time.Minute {
				t.Errorf("used %v", used)
			}
		})
	}
	t.Run("not for a report that came late", func(t *testing.T) {
		tk := assigned(t)
		yes(t, tk.Arrive("v1", liu, nineAM))
		ok(t, tk.Pause(PartOrdered, "", Staff(liu.ID), nineAM))
		no(t, tk.Depart("v1", liu, nineAM))
		if tk.State() != StatePaused {
			t.Error("a late report ended the pause")
		}
	})
	t.Run("nor when the visit is called off or another is assigned", func(t *testing.T) {
		tk := assigned(t)
		yes(t, tk.Accept("v1", liu, nineAM))
		ok(t, tk.Pause(PartOrdered, "", Staff(liu.ID), nineAM))
		yes(t, tk.Unassign("v1", VisitWithdrawn, board, nineAM))
		yes(t, tk.Assign(Assignment{VisitID: "v2", StaffID: wang.ID, By: board}, nineAM))
		yes(t, tk.Accept("v2", wang, nineAM))
		if tk.State() != StatePaused {
			t.Errorf("state %s", tk.State())
		}
		ok(t, tk.Resume(office, nineAM))
		if tk.State() != StateAccepted {
			t.Errorf("state %s", tk.State())
		}
	})
}

func TestRule2_ThreeTimesAreKeptApart(t *testing.T) {
	tk := finished(t)
	c := tk.Clocks(nineAM.Add(3 * time.Hour)).Current()
	for name, got := range map[string]func() (time.Duration, bool){"1m0s": c.Cycle.T1, "2m0s": c.Cycle.T2, "20m0s": c.Cycle.T3} {
		if d, happened := got(); !happened || d.String() != name {
			t.Errorf("got %v, want %s", d, name)
		}
	}
	if c.Response.Used != 2*time.Minute || c.Arrival.Used != 20*time.Minute || !c.Response.Kept || !c.Arrival.Kept {
		t.Errorf("response %+v, arrival %+v", c.Response, c.Arrival)
	}
	fresh := open(t, nineAM).Clocks(nineAM.Add(time.Minute)).Current().Cycle
	for _, got := range []func() (time.Duration, bool){fresh.T1, fresh.T2, fresh.T3} {
		if d, happened := got(); happened || d != 0 {
			t.Errorf("%v before it happened", d)
		}
	}
	t.Run("at night the resident's time runs although the promise rests", func(t *testing.T) {
		tk := open(t, ninePM)
		yes(t, tk.Arrive("v1", liu, ninePM.Add(10*time.Minute)))
		c := tk.Clocks(ninePM.Add(time.Hour)).Current()
		if t3, _ := c.Cycle.T3(); t3 != 10*time.Minute || c.Arrival.Used != 0 || !c.Arrival.Kept {
			t.Errorf("T3 %v, promise used %v", t3, c.Arrival.Used)
		}
	})
	t.Run("two machines disagree about what came first", func(t *testing.T) {
		tk := open(t, nineAM)
		yes(t, tk.Arrive("v1", liu, nineAM.Add(-time.Minute)))
		if t3, _ := tk.Clocks(nineAM).Current().Cycle.T3(); t3 != 0 {
			t.Errorf("T3 %v", t3)
		}
	})
}

func TestClock_Colours(t *testing.T) {
	for used, want := range map[time.Duration]Colour{
		0: Green, 29*time.Minute + 59*time.Second: Green, 30 * time.Minute: Amber, 48*time.Minute - 1: Amber, 48 * time.Minute: Orange,
		time.Hour - 1: Orange, time.Hour: Red, 100 * time.Hour: Red,
	} {
		if got := (Clock{Target: time.Hour, Used: used}).Colour(); got != want {
			t.Errorf("%v of an hour is %s, want %s", used, got, want)
		}
	}
	edge := Clock{Target: time.Hour, Used: time.Hour}
	if edge.Overdue() || edge.Percent() != 100 {
		t.Error("exactly the target is still in time")
	}
	if (Clock{}).Percent() != 0 {
		t.Error("a clock without a target")
	}
}

func TestRule1_P1RunsThroughTheNight(t *testing.T) {
	r := request()
	r.Category = Gas
	tk, err := Open(r, plainDay(t), ninePM)
	ok(t, err)
	c := tk.Clocks(ninePM.Add(3 * time.Minute)).Current().Response
	if c.Used != 3*time.Minute || !c.Due.Equal(ninePM.Add(5*time.Minute)) || c.Colour() != Amber {
		t.Errorf("%+v", c)
	}
}

func TestClocks_APauseAfterwardsChangesNothing(t *testing.T) {
	tk := assigned(t)
	yes(t, tk.Arrive("v1", liu, nineAM.Add(20*time.Minute)))
	before := tk.Clocks(nineAM.Add(3 * time.Hour)).Current().Arrival
	ok(t, tk.Pause(PartOrdered, "", Staff(liu.ID), nineAM.Add(25*time.Minute)))
	ok(t, tk.Resume(Staff(liu.ID), nineAM.Add(2*time.Hour)))
	if after := tk.Clocks(nineAM.Add(3 * time.Hour)).Current().Arrival; after != before || after.Used != 20*time.Minute {
		t.Errorf("%+v became %+v", before, after)
	}
	if then := tk.Clocks(nineAM.Add(time.Hour)).Resolution; then.Used != 25*time.Minute { // as it stood within the pause
		t.Errorf("%+v", then)
	}
}

func TestRule2_T1IsTheFirstCommitment(t *testing.T) {
	tk := assigned(t)
	yes(t, tk.Unassign("v1", VisitExpired, board, nineAM.Add(4*time.Minute)))
	visit(t, tk, "v2", wang, nineAM.Add(5*time.Minute))
	if t1, _ := tk.Clocks(nineAM.Add(time.Hour)).Current().Cycle.T1(); t1 != time.Minute {
		t.Errorf("T1 %v", t1)
	}
}

func TestClocks_StopWhenCancelled(t *testing.T) {
	tk := open(t, nineAM)
	ok(t, tk.Cancel("", anna, nineAM.Add(10*time.Minute)))
	c := tk.Clocks(nineAM.Add(5 * time.Hour))
	for _, clock := range []Clock{c.Current().Response, c.Current().Arrival, c.Resolution} {
		if clock.Used != 10*time.Minute || clock.Kept || clock.Stopped.IsZero() {
			t.Errorf("%+v", clock)
		}
	}
}
