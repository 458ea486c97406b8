package ticket

import (
	"reflect"
	"testing"
	"time"
)

// long is a ticket to which everything happens once.
func long(t testing.TB) *Ticket {
	t.Helper()
	at := nineAM
	next := func() time.Time { at = at.Add(time.Minute); return at }
	tk := open(t, at)
	yes(t, tk.NoCandidate("no_skill=2", next()))
	yes(t, tk.Fire(Escalate(50), at.Add(7*time.Minute)))
	ok(t, tk.Urge("快", anna, next()))
	ok(t, tk.Follow(ben.ID, next()))
	ok(t, tk.Reply("收到", office, next()))
	ok(t, tk.AddPhotos([]string{"photo-2"}, anna, next()))
	yes(t, tk.Assign(Assignment{VisitID: "v1", StaffID: liu.ID, StaffName: liu.Name, By: board}, next()))
	yes(t, tk.Unassign("v1", VisitDeclined, board, next()))
	no(t, tk.Accept("v1", liu, next()))
	yes(t, tk.Assign(Assignment{VisitID: "v2", StaffID: wang.ID, StaffName: wang.Name, By: office}, next()))
	yes(t, tk.Accept("v2", wang, next()))
	yes(t, tk.Depart("v2", wang, next()))
	yes(t, tk.MoveEta("v2", Window{next(), next()}, next()))
	yes(t, tk.Arrive("v2", wang, next()))
	ok(t, tk.Pause(PartOrdered, "等阀门", Staff(wang.ID), next()))
	ok(t, tk.Resume(Staff(wang.ID), next()))
	yes(t, tk.SecondMiss("no_skill=2", at))
	yes(t, tk.Join("v2", "v3", liu, Window{at, at}, at))
	yes(t, tk.SecondArrive("v3", at))
	yes(t, tk.SecondLeave("v3", at))
	yes(t, tk.Finish("v2", wang, Result{Words: "好", Materials: []Material{{"阀门", 1, "个", 3500}}, Photos: []string{"p"}}, next()))
	ok(t, tk.Rate(3, "一般", anna, next()))
	ok(t, tk.EditRating(2, "又漏", anna, next()))
	ok(t, tk.Reopen("又漏", anna, next()))
	ok(t, tk.Cancel("算了", anna, next()))
	return tk
}

func TestLog_EveryEventSurvivesTheStore(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range long(t).Changes() {
		data, err := Encode(e)
		ok(t, err)
		back, err := Decode(e.Name(), data)
		ok(t, err)
		if !reflect.DeepEqual(back, e) {
			t.Errorf("%s came back as\n%+v\nwant\n%+v", e.Name(), back, e)
		}
		seen[e.Name()] = true
	}
	for name := range readers {
		if !seen[name] {
			t.Errorf("%s did not happen in this test", name)
		}
	}
	if len(readers) != 26 {
		t.Errorf("%d events are read", len(readers))
	}
}

func TestRule1_ReplayOfTheLogEqualsWhatIsStored(t *testing.T) {
	tk := long(t)
	s, err := Replay(tk.Changes())
	ok(t, err)
	if !reflect.DeepEqual(s, tk.Snapshot()) {
		t.Errorf("replayed\n%+v\nstored\n%+v", s, tk.Snapshot())
	}
	for _, now := range []time.Time{nineAM, nineAM.Add(10 * time.Minute), nineAM.Add(time.Hour), nineAM.Add(1000 * time.Hour)} {
		replayed, err := ClocksOf(tk.Changes(), standard(t), now)
		ok(t, err)
		if !reflect.DeepEqual(replayed, tk.Clocks(now)) {
			t.Errorf("at %v clocks replayed\n%+v\nstored\n%+v", now, replayed, tk.Clocks(now))
		}
	}
}

func TestReplay_RefusesALogWithoutItsBeginning(t *testing.T) {
	log := long(t).Changes()
	for name, broken := range map[string][]Event{"empty": nil, "beheaded": log[1:], "opened twice": append(log[:1:1], log...)} {
		if _, err := Replay(broken); err == nil {
			t.Errorf("%s: replayed", name)
		}
		if _, err := ClocksOf(broken, standard(t), nineAM); err == nil {
			t.Errorf("%s: has clocks", name)
		}
	}
}

func TestDecode_UnknownAndBroken(t *testing.T) {
	if _, err := Decode("exploded", []byte("{}")); err == nil {
		t.Error("an unknown event was read")
	}
	if _, err := Decode("opened", []byte("{")); err == nil {
		t.Error("a broken event was read")
	}
	if _, err := Decode("resumed", []byte(`{"at":"2025-03-24T09:00:00Z","mood":"good"}`)); err != nil {
		t.Errorf("a field of a newer version: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, e := range long(f).Changes() {
		data, err := Encode(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(e.Name(), data)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		e, err := Decode(name, data)
		if err != nil {
			return
		}
		if e.Name() != name {
			t.Fatalf("%s was read as %s", name, e.Name())
		}
		again, err := Encode(e)
		if err != nil {
			return // a year that JSON cannot write
		}
		if _, err := Decode(name, again); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}
