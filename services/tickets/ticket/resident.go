package ticket

import (
	"math"
	"slices"
	"time"
)

// Reply adds a message. One by staff is a human response and stops the response clock; one by a bot or by the resident
// does not. Errors: ErrClosed, ErrIncomplete, ErrWordsTooLong.
func (t *Ticket) Reply(words string, by Actor, at time.Time) error {
	words, err := clean(words)
	switch {
	case err != nil:
		return err
	case t.s.Stage.Over():
		return ErrClosed
	case words == "":
		return ErrIncomplete.Field("words", "请输入内容", "say something")
	}
	t.record(Replied{stamp(by, at), words})
	return nil
}

// AddPhotos adds photos to those sent with the request. Errors: ErrClosed, ErrNotYours, ErrTooManyPhotos.
func (t *Ticket) AddPhotos(ids []string, by Actor, at time.Time) error {
	if err := t.mayAct(by); err != nil {
		return err
	}
	if err := checkPhotos(len(t.s.Photos) + len(ids)); err != nil {
		return err
	}
	if len(ids) > 0 {
		t.record(PhotosAdded{stamp(by, at), slices.Clone(ids)})
	}
	return nil
}

// Urge asks again. The opener, the person it is for, and followers may. Errors: ErrClosed, ErrFinished, ErrNotYours,
// ErrUrgedLately, ErrWordsTooLong.
func (t *Ticket) Urge(words string, by Actor, at time.Time) error {
	words, err := clean(words)
	if err != nil {
		return err
	}
	if err := t.mayAct(by); err != nil && !(t.s.Stage.Live() && slices.Contains(t.s.Followers, by.ID)) {
		return err
	}
	if t.s.Stage == StateFinished {
		return ErrFinished
	}
	if wait := t.s.Urged.Add(t.policy.UrgeEvery).Sub(at); t.s.Urges > 0 && wait > 0 {
		return ErrUrgedLately.With("minutes", math.Ceil(wait.Minutes())).RetryAfter(wait)
	}
	t.record(Urged{stamp(by, at), t.s.Urges + 1, words})
	return nil
}

// Cancel takes the ticket back while nobody is at work on it. Errors: ErrClosed, ErrCancelTooLate, ErrNotYours,
// ErrWordsTooLong.
func (t *Ticket) Cancel(words string, by Actor, at time.Time) error {
	words, err := clean(words)
	if err != nil {
		return err
	}
	if err := t.mayAct(by); err != nil {
		return err
	}
	if t.s.Stage == StateFinished || t.State() == StateOnSite {
		return ErrCancelTooLate.With("state", t.s.Stage)
	}
	e := Cancelled{stamp(by, at), words, ""}
	if v := t.s.OpenVisit(); v != nil {
		e.VisitID = v.ID
	}
	t.record(e)
	return nil
}

// Follow lets another resident hear of this ticket instead of opening the same again. It repeats without effect.
// Errors: ErrClosed.
func (t *Ticket) Follow(personID string, at time.Time) error {
	switch {
	case t.s.Stage.Over():
		return ErrClosed
	case t.s.party(personID) || slices.Contains(t.s.Followers, personID):
		return nil
	}
	t.record(Followed{stamp(Resident(personID), at), personID})
	return nil
}

// Resolve finishes a ticket without a visit: an answer to an enquiry, a complaint settled, a fault talked through on the
// phone. Errors: ErrStaffOnly, ErrClosed, ErrFinished, ErrVisitOpen.
func (t *Ticket) Resolve(result Result, by Actor, at time.Time) error {
	switch {
	case by.Kind != ByStaff:
		return ErrStaffOnly
	case t.s.Stage.Over():
		return ErrClosed
	case t.s.Stage == StateFinished:
		return ErrFinished
	case t.s.OpenVisit() != nil:
		return ErrVisitOpen
	}
	t.record(Finished{Report{Stamp: stamp(by, at), StaffID: by.ID}, t.s.Cycle(), result.cut()})
	return nil
}

// Close ends a finished ticket without a rating. Errors: ErrClosed, ErrNotFinished, ErrNotYours.
func (t *Ticket) Close(by Actor, at time.Time) error {
	if err := t.mayAct(by); err != nil {
		return err
	}
	if t.s.Stage != StateFinished {
		return ErrNotFinished
	}
	t.record(Closed{stamp(by, at), t.s.Cycle(), ClosedConfirmed})
	return nil
}

// Reopen says "not fixed": the same ticket goes round again, its creation clock kept, its clocks restated. From the
// second return on, those who worked on it are not sent again, and a supervisor is asked for.
//
// Errors: ErrNotFinished, ErrClosed (it was cancelled), ErrReopenWindow, ErrNotYours, ErrWordsTooLong.
func (t *Ticket) Reopen(words string, by Actor, at time.Time) error {
	words, err := clean(words)
	switch {
	case err != nil:
		return err
	case t.s.Stage == StateCancelled:
		return ErrClosed
	case t.s.Stage.Live():
		return ErrNotFinished
	case by.Kind == ByResident && !t.s.party(by.ID):
		return ErrNotYours
	case at.After(t.s.Timeline.now().Finished.Add(t.policy.ReopenWithin)):
		return ErrReopenWindow
	}
	e := Reopened{Stamp: stamp(by, at), Cycle: t.s.Cycle() + 1, Words: words}
	if secondReturn := e.Cycle > 2; secondReturn {
		e.Excluded, e.Supervisor = t.s.workers(), true
	}
	t.record(e)
	return nil
}

// mayAct answers ErrClosed when the ticket is over, and ErrNotYours to a resident who is no party to it. Whether an
// employee may is a question of permission and district, asked before.
func (t *Ticket) mayAct(by Actor) error {
	switch {
	case t.s.Stage.Over():
		return ErrClosed
	case by.Kind == ByResident && !t.s.party(by.ID):
		return ErrNotYours
	}
	return nil
}
