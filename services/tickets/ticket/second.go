package ticket

import "time"

// Second is who comes along to work for two 双人作业, beside the technician of the visit, who leads.
type Second struct {
	VisitID   string `json:"visit_id,omitzero"`
	StaffID   string `json:"staff_id,omitzero"`
	StaffName string `json:"staff_name,omitzero"`
	Eta       Window `json:"eta,omitzero"`
	// Worked says that they got to the place.
	Worked bool `json:"worked,omitzero"`
	// Missing is since when nobody can be sent along.
	Missing time.Time `json:"missing,omitzero"`
}

// SecondJoined is a second who took the job.
type SecondJoined struct {
	Report
	FirstVisitID string `json:"first_visit_id"`
	Eta          Window `json:"eta,omitzero"`
}

// SecondArrived is a second at the door.
type SecondArrived struct{ Report }

// SecondLeft is a second who was called away before the work was done.
type SecondLeft struct{ Report }

// SecondMissed is dispatch finding nobody to send along. The first goes all the same.
type SecondMissed struct {
	Stamp
	Reason string `json:"reason,omitzero"`
}

// Name is how the log calls it.
func (SecondJoined) Name() string  { return "second_joined" }
func (SecondArrived) Name() string { return "second_arrived" }
func (SecondLeft) Name() string    { return "second_left" }
func (SecondMissed) Name() string  { return "second_missed" }

func (e SecondJoined) applyTo(s *Snapshot) {
	if v := s.OpenVisit(); v != nil {
		v.Second = Second{VisitID: e.VisitID, StaffID: e.StaffID, StaffName: e.StaffName, Eta: e.Eta}
	}
}

func (e SecondArrived) applyTo(s *Snapshot) {
	if v := s.OpenVisit(); v != nil {
		v.Second.Worked = true
	}
}

func (e SecondLeft) applyTo(s *Snapshot) {
	if v := s.OpenVisit(); v != nil {
		v.Second = Second{}
	}
}

func (e SecondMissed) applyTo(s *Snapshot) {
	if v := s.OpenVisit(); v != nil {
		v.Second.Missing = e.At
	}
}

// Join says that a second comes along to a visit.
func (t *Ticket) Join(firstVisitID, visitID string, by Technician, eta Window, at time.Time) bool {
	v := t.s.OpenVisit()
	switch {
	case !t.s.Stage.Live():
		return t.late("second_joined", visitID, Staff(by.ID), string(t.s.Stage), at)
	case v == nil || v.ID != firstVisitID:
		return t.late("second_joined", visitID, Staff(by.ID), string(VisitSuperseded), at)
	case v.Second.VisitID == visitID:
		return t.late("second_joined", visitID, Staff(by.ID), "repeated", at)
	}
	t.record(SecondJoined{Report{stamp(Staff(by.ID), at), visitID, by.ID, by.Name}, firstVisitID, eta.clean()})
	return true
}

// SecondArrive says that the second is there.
func (t *Ticket) SecondArrive(visitID string, at time.Time) bool {
	s := t.along(visitID)
	if s == nil || s.Worked {
		return t.late("second_arrived", visitID, System("dispatch"), "not_open", at)
	}
	t.record(SecondArrived{Report{stamp(Staff(s.StaffID), at), visitID, s.StaffID, s.StaffName}})
	return true
}

// SecondLeave says that the second is free again. When the work or the visit is over that is no news, and passed over.
func (t *Ticket) SecondLeave(visitID string, at time.Time) bool {
	s := t.along(visitID)
	if s == nil {
		return false
	}
	t.record(SecondLeft{Report{stamp(System("dispatch"), at), visitID, s.StaffID, s.StaffName}})
	return true
}

// SecondMiss says that nobody can be sent along. It is raised once until somebody is.
func (t *Ticket) SecondMiss(reason string, at time.Time) bool {
	v := t.s.OpenVisit()
	if v == nil || !t.s.Stage.Live() || v.Second.VisitID != "" || !v.Second.Missing.IsZero() {
		return false
	}
	t.record(SecondMissed{stamp(System("dispatch"), at), reason})
	return true
}

// along is the second of the visit that goes on, if they hold this one.
func (t *Ticket) along(visitID string) *Second {
	if v := t.s.OpenVisit(); v != nil && t.s.Stage.Live() && visitID != "" && v.Second.VisitID == visitID {
		return &v.Second
	}
	return nil
}
