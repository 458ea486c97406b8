package board

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// machine does anything to a board, in any order, as often as not by the wrong hands, and saves it as a store would.
type machine struct {
	b   *Board
	now time.Time
	ids int
	// What a store would have.
	jobs, technicians, visits map[string]string
	ended                     map[string]bool
	answers                   map[string]OfferRow // by visit and staff, once they are not open
	accepted                  map[string]int      // events by visit
}

func TestBoard_WhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{
			now: now, jobs: map[string]string{}, technicians: map[string]string{}, visits: map[string]string{},
			ended: map[string]bool{}, answers: map[string]OfferRow{}, accepted: map[string]int{},
		}
		m.b = New("east", 1, Settings{}, m.newID, nil, nil, nil)
		t.Repeat(map[string]func(*rapid.T){
			"": m.check, "wait": m.wait, "ticket": m.ticket, "staff": m.staff, "visit": m.visit, "office": m.office, "reload": m.reload,
		})
	})
}

func (m *machine) newID() string { m.ids++; return fmt.Sprintf("visit-%04d", m.ids) }

func (m *machine) wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(0, 240).Draw(t, "seconds")) * time.Second)
	m.b.ExpireDue(m.now)
	m.b.Replan(m.now)
}

func (m *machine) ticket(t *rapid.T) {
	id := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "ticket")
	j := ticket(id, func(j *JobRow) {
		j.Cycle, j.Opened = rapid.IntRange(1, 3).Draw(t, "cycle"), m.now
		j.Priority = rapid.SampledFrom([]plan.Priority{plan.P1, plan.P3, plan.P4}).Draw(t, "priority")
		j.Hands, j.SecondCertified = rapid.IntRange(0, 2).Draw(t, "hands"), rapid.Bool().Draw(t, "certified")
		if rapid.IntRange(0, 9).Draw(t, "broken") == 0 {
			j.Place = plan.Place{Lat: math.Inf(1)}
		}
	})
	j.Place = known(j.Place)
	does := map[string]func(){
		"open":   func() { m.b.JobOpened(j, m.now) },
		"cancel": func() { m.b.JobClosed(id, "cancelled", m.now) },
		"pause":  func() { m.b.JobPaused(id, m.now) },
		"resume": func() { m.b.JobResumed(id, rapid.Bool().Draw(t, "by visitor"), m.now) },
	}
	does[pickOne(t, does)]()
}

// known is a place that a row can hold: JSON has no infinity, and the proto's rules let none in.
func known(p plan.Place) plan.Place {
	if !p.Known() {
		return plan.Place{}
	}
	return p
}

func (m *machine) staff(t *rapid.T) {
	id := anyone(t)
	does := map[string]func(){
		"join":  func() { m.b.TechnicianChanged(technician(id), m.now) },
		"start": func() { m.b.DutyStarted(id, here, m.now.Add(8*time.Hour), m.now.Add(9*time.Hour), m.now) },
		"end":   func() { m.b.DutyEnded(id, m.now) },
		"move":  func() { m.b.MovePosition(id, plan.Place{Lat: 30.2, Lon: 120.2}, m.now) },
	}
	does[pickOne(t, does)]()
}

// visit lets somebody do something with some visit; a refusal changes nothing.
func (m *machine) visit(t *rapid.T) {
	open := m.b.Visits()
	if len(open) == 0 {
		return
	}
	v := rapid.SampledFrom(open).Draw(t, "visit")
	staff := anyone(t)
	if v.Staff != "" && rapid.IntRange(0, 3).Draw(t, "holder") > 0 {
		staff = v.Staff
	}
	does := map[string]func() error{
		"accept":  func() error { return m.b.Accept(v.ID, staff, m.now) },
		"decline": func() error { return m.b.Decline(v.ID, staff, "", m.now) },
		"depart":  func() error { return m.b.Depart(v.ID, staff, m.now) },
		"arrive":  func() error { return m.b.Arrive(v.ID, staff, m.now) },
		"finish":  func() error { return m.b.Finish(v.ID, staff, "", "", m.now) },
	}
	before := m.b.Changed()
	if err := does[pickOne(t, does)](); err != nil && m.b.Changed() != before {
		t.Fatalf("refused (%v), yet half done", err)
	}
}

func (m *machine) office(t *rapid.T) {
	jobs := m.b.Jobs()
	if len(jobs) == 0 {
		return
	}
	job, staff := rapid.SampledFrom(jobs).Draw(t, "job").ID, anyone(t)
	fn := m.b.Assign
	if rapid.Bool().Draw(t, "transfer") {
		fn = m.b.Transfer
	}
	before := m.b.Changed()
	if _, err := fn(job, staff, "office", "", m.now); err != nil && m.b.Changed() != before {
		t.Fatalf("refused (%v), yet half done", err)
	}
}

// reload makes the board anew from its rows: it must be the same.
func (m *machine) reload(t *rapid.T) {
	again := New("east", 1, Settings{}, m.newID, rows(t, m.jobs, func(j JobRow) bool { return !j.Closed }),
		rows(t, m.technicians, func(TechnicianRow) bool { return true }), rows(t, m.visits, func(v VisitRow) bool { return v.State.Open() }))
	was, is := picture(t, m.b), picture(t, again)
	if was != is {
		t.Fatalf("from rows\n%s\nin memory\n%s", is, was)
	}
	m.b = again
}

func picture(t *rapid.T, b *Board) string {
	data, err := json.Marshal([]any{b.Jobs(), b.Technicians(), b.Visits()})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func rows[T any](t *rapid.T, saved map[string]string, keep func(T) bool) (all []T) {
	for _, id := range slices.Sorted(maps.Keys(saved)) {
		var row T
		if err := json.Unmarshal([]byte(saved[id]), &row); err != nil {
			t.Fatal(err)
		}
		if keep(row) {
			all = append(all, row)
		}
	}
	return all
}

func (m *machine) check(t *rapid.T) {
	m.checkEvents(t)
	m.save(t)
	open := map[string]int{}
	outside := map[string]int{}
	for _, v := range m.b.Visits() {
		open[v.JobID]++
		if v.State == UnderWay || v.State == OnSite {
			outside[v.Staff]++
		}
		if j := m.b.Job(v.JobID); j == nil || j.VisitID != v.ID {
			t.Fatalf("%s is open, its job is %+v", v.ID, j)
		}
	}
	for job, n := range open {
		if n != 1 {
			t.Fatalf("%d open visits of %s", n, job)
		}
	}
	for staff, n := range outside {
		if n > 1 {
			t.Fatalf("%s is at %d places", staff, n)
		}
	}
	for _, j := range m.b.Jobs() {
		if j.VisitID != "" && m.b.Visit(j.VisitID) == nil {
			t.Fatalf("%s has a visit that is gone", j.ID)
		}
	}
	m.checkSeconds(t)
}

// checkSeconds: work for two has a second job exactly as long as somebody has it in hand, and that is somebody else.
func (m *machine) checkSeconds(t *rapid.T) {
	for _, j := range m.b.Jobs() {
		first := m.b.inHandsOf(j.Ticket())
		second := m.b.Job(SecondOf(j.Ticket()))
		switch {
		case (second != nil) != (first != "" && m.b.Job(j.Ticket()).Hands == 2):
			t.Fatalf("%s is in the hands of %q, the second's job is %+v", j.Ticket(), first, second)
		case second == nil:
		case second.First != first:
			t.Fatalf("a second comes along to %s, the first is %s", second.First, first)
		default:
			if v := m.b.Visit(second.VisitID); v != nil && v.Concerns(first) {
				t.Fatalf("%s comes along to themselves: %+v", first, v)
			}
		}
	}
}

// save does what a store does, and checks the ledger: what was answered once is never answered otherwise.
func (m *machine) save(t *rapid.T) {
	jobs, technicians, visits := m.b.Dirty()
	for _, j := range jobs {
		m.jobs[j.ID] = encode(t, j)
	}
	for _, w := range technicians {
		m.technicians[w.ID] = encode(t, w)
	}
	for _, v := range visits {
		if m.ended[v.ID] {
			t.Fatalf("%s changed after its end", v.ID)
		}
		m.ended[v.ID] = !v.State.Open()
		m.visits[v.ID] = encode(t, v)
		winners := 0
		for _, o := range v.Asked {
			key := v.ID + "/" + o.Staff
			if was, known := m.answers[key]; known && was != o {
				t.Fatalf("%s answered %+v, now %+v", key, was, o)
			}
			if o.Outcome != OfferOpen {
				m.answers[key] = o
			}
			if o.Outcome == OfferAccepted {
				winners++
			}
		}
		if winners > 1 || winners == 1 && v.Staff == "" {
			t.Fatalf("%d winners of %+v", winners, v)
		}
	}
	m.b.Settle()
}

func encode(t *rapid.T, row any) string {
	data, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// checkEvents: accepted at most once, and nothing is told of a visit after its end.
func (m *machine) checkEvents(t *rapid.T) {
	over := maps.Clone(m.ended)
	for _, e := range m.b.Changes() {
		if e.VisitID != "" && over[e.VisitID] {
			t.Fatalf("%s told of %s after its end", e.Kind, e.VisitID)
		}
		switch e.Kind {
		case VisitAccepted:
			if m.accepted[e.VisitID]++; m.accepted[e.VisitID] > 1 {
				t.Fatalf("%s was accepted twice", e.VisitID)
			}
		case VisitLapsed, VisitWithdrawn, VisitFinished:
			over[e.VisitID] = true
		default: // may come more than once
		}
	}
}

func anyone(t *rapid.T) string {
	return rapid.SampledFrom([]string{"liu", "wang", "zhao"}).Draw(t, "staff")
}

func pickOne[T any](t *rapid.T, does map[string]T) string {
	return rapid.SampledFrom(slices.Sorted(maps.Keys(does))).Draw(t, "does")
}
