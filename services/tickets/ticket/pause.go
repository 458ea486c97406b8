package ticket

import (
	"slices"
	"time"
)

// PauseReason is why the resolution clock may stand still.
type PauseReason string

// The closed list of reasons: all lie with the resident or outside the company.
const (
	WaitingResident   PauseReason = "waiting_resident"    // 等待住户
	AccessRefused     PauseReason = "access_refused"      // 无法入户
	PartOrdered       PauseReason = "part_ordered"        // 等待配件
	JointOwnerConsent PauseReason = "joint_owner_consent" // 等待共有人同意
)

// PauseReasons lists every reason.
func PauseReasons() []PauseReason {
	return []PauseReason{WaitingResident, AccessRefused, PartOrdered, JointOwnerConsent}
}

// Pause stops the resolution clock for a listed reason, once someone has responded in this cycle.
//
// Errors: ErrPauseReason, ErrClosed, ErrNotPausable (paused already, or finished), ErrPauseTooEarly, ErrWordsTooLong.
func (t *Ticket) Pause(reason PauseReason, words string, by Actor, at time.Time) error {
	words, err := clean(words)
	switch {
	case err != nil:
		return err
	case !slices.Contains(PauseReasons(), reason):
		return ErrPauseReason
	case t.s.Stage.Over():
		return ErrClosed
	case !t.s.Stage.Live() || t.s.Timeline.paused():
		return ErrNotPausable.With("state", t.State())
	case t.s.Timeline.now().Responded.IsZero():
		return ErrPauseTooEarly
	}
	t.record(Paused{stamp(by, at), reason, words})
	return nil
}

// Resume lets the clock run again. Error: ErrNotPaused.
func (t *Ticket) Resume(by Actor, at time.Time) error {
	if !t.s.Timeline.paused() {
		return ErrNotPaused
	}
	t.record(Resumed{stamp(by, at)})
	return nil
}
