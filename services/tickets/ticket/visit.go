package ticket

import (
	"slices"
	"time"
)

// Assignment is an offer that dispatch has committed.
type Assignment struct {
	VisitID   string
	StaffID   string
	StaffName string // shown to the resident
	Eta       Window
	By        Actor // System("dispatch"), or the employee who assigned by hand
}

// Technician is who reports from a visit.
type Technician struct {
	ID   string
	Name string // shown to the resident; empty keeps the name known before
}

// Assign says that an offer was committed (T1). A visit still open is superseded by it.
func (t *Ticket) Assign(a Assignment, at time.Time) bool {
	switch {
	case !t.s.Stage.Live():
		return t.late("assigned", a.VisitID, a.By, string(t.s.Stage), at)
	case t.s.visit(a.VisitID) != nil:
		return t.late("assigned", a.VisitID, a.By, "repeated", at)
	}
	if v := t.s.OpenVisit(); v != nil {
		t.record(Unassigned{stamp(a.By, at), v.ID, v.StaffID, VisitSuperseded})
	}
	t.record(Assigned{stamp(a.By, at), t.s.Cycle(), a.VisitID, a.StaffID, a.StaffName, a.Eta.clean()})
	return true
}

// Unassign says that a visit was declined, has expired or was withdrawn. Anything else counts as withdrawn.
func (t *Ticket) Unassign(visitID string, why VisitEnd, by Actor, at time.Time) bool {
	v := t.s.OpenVisit()
	if v == nil || v.ID != visitID || !t.s.Stage.Live() {
		return t.late("unassigned", visitID, by, "not_open", at)
	}
	if why != VisitDeclined && why != VisitExpired {
		why = VisitWithdrawn
	}
	t.record(Unassigned{stamp(by, at), visitID, v.StaffID, why})
	return true
}

// Accept says that a technician took the job (T2); it stops the response clock.
func (t *Ticket) Accept(visitID string, by Technician, at time.Time) bool {
	if !t.take("accepted", StateAccepted, visitID, by, at) {
		return false
	}
	t.record(Accepted{t.reported(visitID, by, at)})
	return true
}

// Depart says that the technician is on the way.
func (t *Ticket) Depart(visitID string, by Technician, at time.Time) bool {
	if !t.take("departed", StateUnderWay, visitID, by, at) {
		return false
	}
	t.wake(by, at)
	t.record(Departed{t.reported(visitID, by, at)})
	return true
}

// Arrive says that the technician is there (T3).
func (t *Ticket) Arrive(visitID string, by Technician, at time.Time) bool {
	if !t.take("arrived", StateOnSite, visitID, by, at) {
		return false
	}
	t.wake(by, at)
	t.record(Arrived{t.reported(visitID, by, at)})
	return true
}

// Finish says that the visit did the work.
func (t *Ticket) Finish(visitID string, by Technician, result Result, at time.Time) bool {
	if !t.take("finished", StateFinished, visitID, by, at) {
		return false
	}
	t.wake(by, at)
	t.record(Finished{t.reported(visitID, by, at), t.s.Cycle(), result.cut()})
	return true
}

// MoveEta says when the technician is expected now. One for another visit, after the arrival or within the same minutes is passed
// over in silence: expectations are many, and an old one or the same again tells nobody anything.
func (t *Ticket) MoveEta(visitID string, eta Window, at time.Time) bool {
	v, eta := t.s.OpenVisit(), eta.clean()
	if v == nil || v.ID != visitID || t.s.Stage == StateOnSite || !t.s.Stage.Live() || v.Eta.reads(eta) {
		return false
	}
	t.record(EtaMoved{stamp(System("dispatch"), at), visitID, eta})
	return true
}

// NoCandidate says that dispatch found nobody to ask. It is raised once until somebody is assigned.
func (t *Ticket) NoCandidate(reason string, at time.Time) bool {
	if t.s.Stage != StateOpened || !t.s.NoCandidate.IsZero() {
		return false
	}
	t.record(NoCandidateRaised{stamp(System("dispatch"), at), t.s.Cycle(), reason})
	return true
}

// take decides whether a report that a visit reached a stage still has a place. A visit never heard of is taken for
// assigned when no other one contradicts: its assignment may be lying among the dead letters, and the work is real.
func (t *Ticket) take(what string, to State, visitID string, by Technician, at time.Time) bool {
	v, open := t.s.visit(visitID), t.s.OpenVisit()
	switch {
	case !t.s.Stage.Live():
		return t.late(what, visitID, Staff(by.ID), string(t.s.Stage), at)
	case v == nil && open == nil:
		return t.Assign(Assignment{VisitID: visitID, StaffID: by.ID, StaffName: by.Name, By: System("dispatch")}, at)
	case v == nil || v.Ended != "":
		return t.late(what, visitID, Staff(by.ID), string(VisitSuperseded), at)
	case rank(t.s.Stage) >= rank(to):
		return t.late(what, visitID, Staff(by.ID), "repeated", at)
	}
	return true
}

// wake ends a pause: whoever travels, arrives or finishes is not waiting.
func (t *Ticket) wake(by Technician, at time.Time) {
	if t.s.Timeline.paused() {
		t.record(Resumed{stamp(Staff(by.ID), at)})
	}
}

// reported fills what every report of a visit tells. Whoever reports it does the work: the technician of the visit is
// theirs when dispatch names another than before.
func (t *Ticket) reported(visitID string, by Technician, at time.Time) Report {
	if v := t.s.visit(visitID); by.ID == "" || by.ID == v.StaffID {
		by = Technician{v.StaffID, orElse(by.Name, v.StaffName)}
	}
	return Report{stamp(Staff(by.ID), at), visitID, by.ID, by.Name}
}

func (t *Ticket) late(what, visitID string, by Actor, why string, at time.Time) bool {
	t.record(CameLate{stamp(by, at), what, visitID, why})
	return false
}

// rank orders the states through which one visit passes.
func rank(s State) int {
	return slices.Index([]State{StateOpened, StateAssigned, StateAccepted, StateUnderWay, StateOnSite, StateFinished}, s)
}

// reads says that people read the same of both: windows are told by the minute.
func (w Window) reads(o Window) bool {
	minute := func(t time.Time) time.Time { return t.Truncate(time.Minute) }
	return minute(w.From).Equal(minute(o.From)) && minute(w.To).Equal(minute(o.To))
}

func (w Window) clean() Window { return Window{instant(w.From), instant(w.To)} }

// cut keeps a result within the limits. It cannot refuse: the work is done, and dispatch has checked the form.
func (r Result) cut() Result {
	r.Words = shorten(tidy(r.Words), MaxWords)
	r.Photos = slices.Clone(r.Photos[:min(len(r.Photos), MaxPhotos)])
	r.Materials = slices.Clone(r.Materials)
	for i, m := range r.Materials {
		r.Materials[i].Name, r.Materials[i].Unit = shorten(tidy(m.Name), 100), shorten(tidy(m.Unit), 20)
	}
	return r
}
