package ticket

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linlihub/linli/services/tickets/policy"
)

// machine does anything to a ticket, in any order and with the wrong hands, and checks after every step what must always
// hold.
type machine struct {
	tk     *Ticket
	log    []Event // what a store would have
	policy *policy.Policy
	now    time.Time
	before Snapshot
	jitter bool // whether dispatch's clock differs from ours
}

func TestTicket_WhateverHappens(t *testing.T) {
	p := standard(t)
	rapid.Check(t, func(t *rapid.T) {
		r := request()
		r.Category = rapid.SampledFrom([]Category{Plumbing, Gas, Noise, Other}).Draw(t, "category")
		now := moment("2025-01-24 08:00").Add(time.Duration(rapid.IntRange(0, 20*24*60).Draw(t, "opened")) * time.Minute)
		tk, err := Open(r, p, now)
		if err != nil {
			t.Fatal(err)
		}
		m := &machine{tk: tk, log: tk.Changes(), policy: p, now: now, before: tk.Snapshot(), jitter: rapid.Bool().Draw(t, "jitter")}
		t.Repeat(map[string]func(*rapid.T){
			"":         m.check,
			"wait":     m.wait,
			"dispatch": m.dispatch,
			"person":   m.person,
			"sweep":    m.sweep,
			"reload":   m.reload,
		})
	})
}

// wait lets time pass, mostly a little.
func (m *machine) wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.OneOf(rapid.IntRange(0, 90), rapid.IntRange(0, 10*24*60)).Draw(t, "minutes")) * time.Minute)
}

// dispatch reports something of any visit; it is never answered with an error.
func (m *machine) dispatch(t *rapid.T) {
	at := m.now
	if m.jitter {
		at = at.Add(time.Duration(rapid.IntRange(-120, 120).Draw(t, "skew")) * time.Second)
	}
	id := fmt.Sprintf("v%d", rapid.IntRange(1, 4).Draw(t, "visit"))
	who := rapid.SampledFrom([]Technician{liu, wang, {}}).Draw(t, "who")
	eta := Window{at, at.Add(15 * time.Minute)}
	reports := map[string]func() bool{
		"assign": func() bool { return m.tk.Assign(Assignment{id, who.ID, who.Name, eta, board}, at) },
		"lapse":  func() bool { return m.tk.Unassign(id, VisitExpired, board, at) },
		"accept": func() bool { return m.tk.Accept(id, who, at) },
		"depart": func() bool { return m.tk.Depart(id, who, at) },
		"arrive": func() bool { return m.tk.Arrive(id, who, at) },
		"finish": func() bool { return m.tk.Finish(id, who, Result{Words: id}, at) },
		"eta":    func() bool { return m.tk.MoveEta(id, eta, at) },
		"nobody": func() bool { return m.tk.NoCandidate("nobody", at) },
		"join":   func() bool { return m.tk.Join(id, "second-"+id, who, eta, at) },
		"along":  func() bool { return m.tk.SecondArrive("second-"+id, at) },
		"leave":  func() bool { return m.tk.SecondLeave("second-"+id, at) },
		"alone":  func() bool { return m.tk.SecondMiss("busy", at) },
	}
	what := rapid.SampledFrom(slices.Sorted(maps.Keys(reports))).Draw(t, "report")
	version, state := m.tk.Version(), m.tk.State()
	if applied := reports[what](); !applied {
		changes := m.tk.Changes()
		if m.tk.Version() > version+1 || m.tk.State() != state {
			t.Fatalf("%s of %s had no effect, yet changed the ticket", what, id)
		}
		if m.tk.Version() == version+1 && changes[len(changes)-1].Name() != (CameLate{}).Name() {
			t.Fatalf("%s of %s had no effect, yet told %s", what, id, changes[len(changes)-1].Name())
		}
	}
}

// person asks for something; a refusal leaves no trace.
func (m *machine) person(t *rapid.T) {
	by := rapid.SampledFrom([]Actor{anna, ben, office, Bot("assistant")}).Draw(t, "by")
	stars := rapid.IntRange(0, 6).Draw(t, "stars")
	requests := map[string]func() error{
		"reply":   func() error { return m.tk.Reply("?", by, m.now) },
		"pause":   func() error { return m.tk.Pause(rapid.SampledFrom(PauseReasons()).Draw(t, "reason"), "", by, m.now) },
		"resume":  func() error { return m.tk.Resume(by, m.now) },
		"urge":    func() error { return m.tk.Urge("", by, m.now) },
		"cancel":  func() error { return m.tk.Cancel("", by, m.now) },
		"rate":    func() error { return m.tk.Rate(stars, "", by, m.now) },
		"edit":    func() error { return m.tk.EditRating(stars, "", by, m.now) },
		"reopen":  func() error { return m.tk.Reopen("", by, m.now) },
		"resolve": func() error { return m.tk.Resolve(Result{}, by, m.now) },
		"close":   func() error { return m.tk.Close(by, m.now) },
		"follow":  func() error { return m.tk.Follow(by.ID, m.now) },
		"photo":   func() error { return m.tk.AddPhotos([]string{"p"}, by, m.now) },
	}
	what := rapid.SampledFrom(slices.Sorted(maps.Keys(requests))).Draw(t, "request")
	version := m.tk.Version()
	if err := requests[what](); err != nil && m.tk.Version() != version {
		t.Fatalf("%s was refused (%v), yet half done", what, err)
	}
}

// sweep fires whatever is due, and something that is not.
func (m *machine) sweep(t *rapid.T) {
	for _, d := range m.tk.Deadlines() {
		if due := !m.now.Before(d.At); m.tk.Fire(d.Kind, m.now) != due {
			t.Fatalf("%s, due %v, fired %v at %v", d.Kind, d.At, !due, m.now)
		}
	}
	for _, d := range m.tk.Deadlines() {
		if !m.now.Before(d.At) {
			t.Fatalf("%s is still due after the sweep", d.Kind)
		}
	}
}

// reload stores the ticket and takes it back, as between any two operations of the desk.
func (m *machine) reload(t *rapid.T) {
	text, err := json.Marshal(m.tk.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	var stored Snapshot
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	m.collect()
	back, err := Restore(stored, m.policy)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back.Snapshot(), m.tk.Snapshot()) {
		t.Fatalf("restored\n%+v\nwant\n%+v", back.Snapshot(), m.tk.Snapshot())
	}
	m.tk = back
}

func (m *machine) check(t *rapid.T) {
	m.collect()
	s := m.tk.Snapshot()
	m.checkShape(t, s)
	m.checkHistory(t, s)
	m.checkClocks(t, s)
	replayed, err := Replay(m.log)
	if err != nil || !reflect.DeepEqual(replayed, s) {
		t.Fatalf("the log gives (%v)\n%+v\nstored is\n%+v", err, replayed, s)
	}
	m.before = s
}

// checkShape is what holds of every ticket at every time.
func (m *machine) checkShape(t *rapid.T, s Snapshot) {
	for i, v := range s.Visits {
		if v.Ended == "" && (i != len(s.Visits)-1 || !s.Stage.Live() || v.Cycle != s.Cycle()) {
			t.Fatalf("visit %s is open, %d of %d, ticket %s", v.ID, i+1, len(s.Visits), s.Stage)
		}
	}
	if hasVisit := s.OpenVisit() != nil; s.Stage.Live() && hasVisit != (s.Stage != StateOpened) {
		t.Fatalf("ticket %s, open visit %v", s.Stage, hasVisit)
	}
	if s.State() == StatePaused && (!s.Stage.Live() || s.Timeline.now().Responded.IsZero()) {
		t.Fatal("paused before the response or after the work")
	}
	for cycle := range s.Cycle() {
		if n := slices.IndexFunc(s.Ratings, func(r Rating) bool { return r.Cycle == cycle+1 }); n >= 0 &&
			slices.ContainsFunc(s.Ratings[n+1:], func(r Rating) bool { return r.Cycle == cycle+1 }) {
			t.Fatalf("two ratings of cycle %d", cycle+1)
		}
	}
	ahead := m.tk.Deadlines()
	if !slices.IsSortedFunc(ahead, func(a, b Deadline) int { return a.At.Compare(b.At) }) {
		t.Fatalf("deadlines out of order: %v", ahead)
	}
	if s.Stage.Over() && len(ahead) > 0 {
		t.Fatalf("%s with deadlines %v", s.Stage, ahead)
	}
}

// checkHistory compares with the step before.
func (m *machine) checkHistory(t *rapid.T, s Snapshot) {
	was := m.before
	if s.Version < was.Version || int64(len(m.log)) != s.Version {
		t.Fatalf("version %d after %d with %d events", s.Version, was.Version, len(m.log))
	}
	if s.Cycle() < was.Cycle() || s.Cycle() > was.Cycle()+1 {
		t.Fatalf("cycle %d after %d", s.Cycle(), was.Cycle())
	}
	if was.Stage == StateCancelled && s.Stage != StateCancelled {
		t.Fatal("a cancelled ticket came back")
	}
	if was.Stage == StateClosed && s.Stage != StateClosed && s.Cycle() == was.Cycle() {
		t.Fatal("a closed ticket moved without a return")
	}
	if !s.Timeline.Cycles[0].Posted.Equal(was.Timeline.Cycles[0].Posted) {
		t.Fatal("the creation clock was not kept")
	}
	if n := len(was.Ratings); len(s.Ratings) < n {
		t.Fatal("a rating was lost")
	}
}

func (m *machine) checkClocks(t *rapid.T, s Snapshot) {
	clocks := m.tk.Clocks(m.now)
	replayed, err := ClocksOf(m.log, m.policy, m.now)
	if err != nil || !reflect.DeepEqual(replayed, clocks) {
		t.Fatalf("clocks of the log (%v)\n%+v\nof the ticket\n%+v", err, replayed, clocks)
	}
	all := []Clock{clocks.Resolution}
	for _, c := range clocks.Cycles {
		all = append(all, c.Response, c.Arrival)
	}
	for _, c := range all {
		running := c.Stopped.IsZero()
		switch {
		case c.Used < 0 || c.Percent() < 0:
			t.Fatalf("negative: %+v", c)
		case !m.jitter && c.Used > orElse(c.Stopped, m.now).Sub(s.Timeline.Cycles[0].Posted):
			t.Fatalf("more used than has passed: %+v", c)
		case running && s.Stage == StateCancelled:
			t.Fatalf("runs on a cancelled ticket: %+v", c)
		case !m.jitter && running && !c.Paused && c.Overdue() != (m.policy.Hours(s.Priority).Between(c.Due, m.now) > 0):
			t.Fatalf("overdue %v at %v: %+v", c.Overdue(), m.now, c)
		case c.Kept && (running || c.Overdue()):
			t.Fatalf("kept, but not in time: %+v", c)
		}
	}
}

func (m *machine) collect() {
	m.log = append(m.log, m.tk.Changes()[int64(len(m.log))-m.tk.Loaded():]...)
}
