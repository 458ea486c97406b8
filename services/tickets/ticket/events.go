package ticket

import (
	"slices"
	"time"

	"github.com/linlihub/linli/services/tickets/policy"
)

// Event is something that happened to a ticket. The log of its events is the ticket: applying them in order gives the
// snapshot, and nothing else changes one.
type Event interface {
	// Name is the stable name in the log, in snake case.
	Name() string
	// When says when it happened and who did it.
	When() Stamp
	applyTo(*Snapshot)
}

// Stamp is when something happened and who did it.
type Stamp struct {
	At time.Time `json:"at"`
	By Actor     `json:"by"`
}

// When is the stamp itself.
func (s Stamp) When() Stamp { return s }

// Opened begins every log.
type Opened struct {
	Stamp
	ID       string          `json:"id"`
	Kind     Kind            `json:"kind"`
	Category Category        `json:"category"`
	Priority policy.Priority `json:"priority"`
	Policy   policy.Ref      `json:"policy"`
	Place    Place           `json:"place"`
	For      string          `json:"for,omitzero"`
	Source   string          `json:"source,omitzero"`
	Words    string          `json:"words,omitzero"`
	Photos   []string        `json:"photos,omitzero"`
	Trace    string          `json:"trace,omitzero"`
	Crew     policy.Crew     `json:"crew,omitzero"`
}

// Replied is a message on the ticket; one by staff stops the response clock.
type Replied struct {
	Stamp
	Words string `json:"words"`
}

// PhotosAdded is photos sent after opening.
type PhotosAdded struct {
	Stamp
	Photos []string `json:"photos"`
}

// Assigned is a committed offer.
type Assigned struct {
	Stamp
	Cycle     int    `json:"cycle"`
	VisitID   string `json:"visit_id"`
	StaffID   string `json:"staff_id,omitzero"`
	StaffName string `json:"staff_name,omitzero"`
	Eta       Window `json:"eta,omitzero"`
}

// Unassigned is a visit that came to nothing: declined, expired, withdrawn or superseded.
type Unassigned struct {
	Stamp
	VisitID string   `json:"visit_id"`
	StaffID string   `json:"staff_id,omitzero"`
	Why     VisitEnd `json:"why"`
}

// Report is what a technician tells from a visit. It has no ids in a Finished without a visit but the employee's.
type Report struct {
	Stamp
	VisitID   string `json:"visit_id,omitzero"`
	StaffID   string `json:"staff_id,omitzero"`
	StaffName string `json:"staff_name,omitzero"`
}

// Accepted is a technician's yes.
type Accepted struct{ Report }

// Departed is a technician on the way.
type Departed struct{ Report }

// EtaMoved is a new expectation of the arrival.
type EtaMoved struct {
	Stamp
	VisitID string `json:"visit_id"`
	Eta     Window `json:"eta"`
}

// Arrived is a technician at the door.
type Arrived struct{ Report }

// Paused stops the resolution clock for a listed reason.
type Paused struct {
	Stamp
	Reason PauseReason `json:"reason"`
	Words  string      `json:"words,omitzero"`
}

// Resumed lets it run again.
type Resumed struct{ Stamp }

// Finished is the work done, by a visit or, without one, by staff at a desk.
type Finished struct {
	Report
	Cycle  int    `json:"cycle"`
	Result Result `json:"result"`
}

// Rated is the resident's verdict on one cycle.
type Rated struct {
	Stamp
	RatingID string `json:"rating_id"`
	Cycle    int    `json:"cycle"`
	Stars    int    `json:"stars"`
	Words    string `json:"words,omitzero"`
	// StaffID is who did the work that is rated.
	StaffID string `json:"staff_id,omitzero"`
}

// RatingEdited replaces stars and words of a rating.
type RatingEdited struct {
	Stamp
	RatingID string `json:"rating_id"`
	Cycle    int    `json:"cycle"`
	Stars    int    `json:"stars"`
	Words    string `json:"words,omitzero"`
}

// Reopened is "not fixed": the same ticket goes round again, its creation clock kept.
type Reopened struct {
	Stamp
	Cycle      int      `json:"cycle"` // the new one
	Words      string   `json:"words,omitzero"`
	Excluded   []string `json:"excluded,omitzero"` // staff not to be sent again
	Supervisor bool     `json:"supervisor,omitzero"`
}

// Urged is a resident who asks again; Count is how often so far.
type Urged struct {
	Stamp
	Count int    `json:"count"`
	Words string `json:"words,omitzero"`
}

// Cancelled is a ticket taken back.
type Cancelled struct {
	Stamp
	Words string `json:"words,omitzero"`
	// VisitID is the visit that dispatch has to call off, if there is one.
	VisitID string `json:"visit_id,omitzero"`
}

// Closed ends a cycle for good, but for a return.
type Closed struct {
	Stamp
	Cycle int         `json:"cycle"`
	Why   CloseReason `json:"why"`
}

// Escalated is a ticket unassigned for too long; Due is when that share of the response target was used up.
type Escalated struct {
	Stamp
	Cycle     int         `json:"cycle"`
	Percent   int         `json:"percent"`
	Tell      policy.Role `json:"tell"`
	Apologise bool        `json:"apologise,omitzero"`
	Due       time.Time   `json:"due"`
}

// NoCandidateRaised is dispatch finding nobody to ask.
type NoCandidateRaised struct {
	Stamp
	Cycle  int    `json:"cycle"`
	Reason string `json:"reason,omitzero"`
}

// Followed is another resident with the same trouble.
type Followed struct {
	Stamp
	PersonID string `json:"person_id"`
}

// CameLate is a report of a visit that had no place any more. It changes nothing, and stays in the story.
type CameLate struct {
	Stamp
	What    string `json:"what"` // the name of the event it would have been
	VisitID string `json:"visit_id,omitzero"`
	Why     string `json:"why"`
}

// Name is how the log calls it.
func (Opened) Name() string            { return "opened" }
func (Replied) Name() string           { return "replied" }
func (PhotosAdded) Name() string       { return "photos_added" }
func (Assigned) Name() string          { return "assigned" }
func (Unassigned) Name() string        { return "unassigned" }
func (Accepted) Name() string          { return "accepted" }
func (Departed) Name() string          { return "departed" }
func (EtaMoved) Name() string          { return "eta_moved" }
func (Arrived) Name() string           { return "arrived" }
func (Paused) Name() string            { return "paused" }
func (Resumed) Name() string           { return "resumed" }
func (Finished) Name() string          { return "finished" }
func (Rated) Name() string             { return "rated" }
func (RatingEdited) Name() string      { return "rating_edited" }
func (Reopened) Name() string          { return "reopened" }
func (Urged) Name() string             { return "urged" }
func (Cancelled) Name() string         { return "cancelled" }
func (Closed) Name() string            { return "closed" }
func (Escalated) Name() string         { return "escalated" }
func (NoCandidateRaised) Name() string { return "no_candidate_raised" }
func (Followed) Name() string          { return "followed" }
func (CameLate) Name() string          { return "came_late" }

func (e Opened) applyTo(s *Snapshot) {
	s.ID, s.Kind, s.Category, s.Priority, s.Policy = e.ID, e.Kind, e.Category, e.Priority, e.Policy
	s.Place, s.Opener, s.For, s.Source, s.Words, s.Photos = e.Place, e.By, e.For, e.Source, e.Words, slices.Clone(e.Photos)
	s.Stage, s.Trace, s.Crew = StateOpened, e.Trace, e.Crew
	s.Timeline.Cycles = []Cycle{{Number: 1, Posted: e.At}}
}

func (e Replied) applyTo(s *Snapshot) { s.Timeline.respond(e.Stamp) }

func (e PhotosAdded) applyTo(s *Snapshot) { s.Photos = append(s.Photos, e.Photos...) }

func (e Assigned) applyTo(s *Snapshot) {
	s.Visits = append(s.Visits, Visit{
		ID: e.VisitID, StaffID: e.StaffID, StaffName: e.StaffName, Cycle: e.Cycle, At: e.At, Eta: e.Eta,
	})
	s.Stage, s.NoCandidate = StateAssigned, time.Time{}
	first(&s.Timeline.now().Assigned, e.At)
}

func (e Unassigned) applyTo(s *Snapshot) {
	s.endVisit(e.Why)
	s.Stage = StateOpened
}

func (e Accepted) applyTo(s *Snapshot) { s.moveVisit(StateAccepted, e.Report) }

func (e Departed) applyTo(s *Snapshot) { s.moveVisit(StateUnderWay, e.Report) }

func (e EtaMoved) applyTo(s *Snapshot) {
	if v := s.OpenVisit(); v != nil {
		v.Eta = e.Eta
	}
}

func (e Arrived) applyTo(s *Snapshot) {
	s.moveVisit(StateOnSite, e.Report)
	first(&s.Timeline.now().Arrived, e.At)
}

func (e Paused) applyTo(s *Snapshot) {
	s.Timeline.Pauses = append(s.Timeline.Pauses, Pause{Reason: e.Reason, From: e.At})
}

func (e Resumed) applyTo(s *Snapshot) { s.Timeline.resume(e.At) }

func (e Finished) applyTo(s *Snapshot) {
	s.FinishedBy = e.StaffID
	if v := s.OpenVisit(); v != nil && v.ID == e.VisitID {
		s.moveVisit(StateOnSite, e.Report)
		s.FinishedBy, v.Ended = v.StaffID, VisitFinished
	}
	s.Timeline.resume(e.At)
	s.Timeline.respond(e.Stamp)
	s.Timeline.now().Finished = e.At
	s.Stage, s.Result, s.NoCandidate = StateFinished, e.Result, time.Time{}
}

func (e Rated) applyTo(s *Snapshot) {
	s.Ratings = append(s.Ratings, Rating{
		ID: e.RatingID, Cycle: e.Cycle, Stars: e.Stars, Words: e.Words, By: e.By.ID, StaffID: e.StaffID, At: e.At,
	})
}

func (e RatingEdited) applyTo(s *Snapshot) {
	if r := s.Rating(); r != nil {
		r.Stars, r.Words, r.Edited = e.Stars, e.Words, e.At
	}
}

func (e Reopened) applyTo(s *Snapshot) {
	s.Timeline.Cycles = append(s.Timeline.Cycles, Cycle{Number: e.Cycle, Posted: e.At})
	s.Stage, s.ClosedWhy, s.ClosedAt, s.Escalated = StateOpened, "", time.Time{}, nil
	s.Excluded, s.Supervisor = slices.Clone(e.Excluded), e.Supervisor
}

func (e Urged) applyTo(s *Snapshot) { s.Urges, s.Urged = e.Count, e.At }

func (e Cancelled) applyTo(s *Snapshot) {
	s.endVisit(VisitCancelled)
	s.Timeline.resume(e.At)
	s.Timeline.Cancelled = e.At
	s.Stage, s.ClosedAt, s.NoCandidate = StateCancelled, e.At, time.Time{}
}

func (e Closed) applyTo(s *Snapshot) { s.Stage, s.ClosedWhy, s.ClosedAt = StateClosed, e.Why, e.At }

func (e Escalated) applyTo(s *Snapshot) { s.Escalated = append(s.Escalated, e.Percent) }

func (e NoCandidateRaised) applyTo(s *Snapshot) { s.NoCandidate = e.At }

func (e Followed) applyTo(s *Snapshot) { s.Followers = append(s.Followers, e.PersonID) }

func (CameLate) applyTo(*Snapshot) {}

// moveVisit brings the open visit and the ticket to a stage. Whatever comes after the acceptance implies it: the
// technician is a human who took the job, also when the report of the acceptance itself got lost.
func (s *Snapshot) moveVisit(to State, r Report) {
	if v := s.OpenVisit(); v != nil {
		v.StaffID, v.StaffName, v.Worked = r.StaffID, r.StaffName, to == StateOnSite
	}
	s.Stage = to
	first(&s.Timeline.now().Accepted, r.At)
	s.Timeline.respond(r.Stamp)
}

func (s *Snapshot) endVisit(how VisitEnd) {
	if v := s.OpenVisit(); v != nil {
		v.Ended = how
	}
}

// first sets an instant that is kept once it is known.
func first(t *time.Time, at time.Time) {
	if t.IsZero() {
		*t = at
	}
}
