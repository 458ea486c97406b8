package ticket

import "slices"

// Viewer is who wants to see a ticket. The desk fills Districts only for a role that works on whole districts; a
// technician has none, and sees what is assigned to them.
type Viewer struct {
	PersonID     string
	StaffID      string
	Districts    []string
	AllDistricts bool
}

// VisibleTo reports whether the viewer may see the ticket at all: who opened it, who it is for, who follows it, staff of
// the district, and the technicians of a visit that is open or was worked on. To anybody else it must look like an unknown
// ticket.
func (s *Snapshot) VisibleTo(v Viewer) bool {
	switch {
	case s.party(v.PersonID), v.PersonID != "" && slices.Contains(s.Followers, v.PersonID):
		return true
	case v.StaffID == "":
		return false
	case v.AllDistricts, slices.Contains(v.Districts, s.Place.DistrictID):
		return true
	}
	return s.Opener == Staff(v.StaffID) || s.visitedBy(v.StaffID)
}

func (s *Snapshot) visitedBy(staffID string) bool {
	return slices.ContainsFunc(s.Visits, func(visit Visit) bool {
		return visit.StaffID == staffID && (visit.Ended == "" || visit.Worked) ||
			visit.Second.StaffID == staffID && (visit.Ended == "" || visit.Second.Worked)
	})
}

// HeldBy reports whether a technician has the open visit in hand. Of two who come along it is the first.
func (s *Snapshot) HeldBy(staffID string) bool {
	visit := s.OpenVisit()
	return visit != nil && visit.StaffID == staffID
}

// Office reports whether the viewer works on whole districts, not on visits.
func (v Viewer) Office() bool { return v.AllDistricts || len(v.Districts) > 0 }
