package ticket

import (
	"fmt"
	"slices"
	"time"

	"github.com/linlihub/linli/services/tickets/policy"
)

// DeadlineKind names something that happens by itself when its time comes: "escalate_50", "auto_close".
type DeadlineKind string

// AutoClose closes a finished ticket that nobody rated or returned.
const AutoClose DeadlineKind = "auto_close"

// Escalate is the deadline at a level of the policy.
func Escalate(percent int) DeadlineKind { return DeadlineKind(fmt.Sprintf("escalate_%d", percent)) }

// Deadline is an instant to be woken at.
type Deadline struct {
	Kind DeadlineKind
	At   time.Time
}

// Deadlines are what lies ahead of the ticket as it stands, earliest first. They change only with the ticket: store them
// with it, replacing the former ones. One may lie in the past, such as an escalation of a ticket that lost its technician
// late: it is to be fired at once.
func (t *Ticket) Deadlines() []Deadline {
	var ahead []Deadline
	if t.s.Stage == StateFinished {
		ahead = append(ahead, Deadline{AutoClose, t.s.Timeline.now().Finished.Add(t.policy.AutoCloseAfter)})
	}
	for _, step := range t.stepsAhead() {
		ahead = append(ahead, Deadline{Escalate(step.Percent), t.escalatesAt(step)})
	}
	return ahead
}

// Fire does what a deadline is for, if it is still ahead of the ticket and its time has come. Anything else has no effect
// and leaves no trace, so a sweeper may fire twice or late.
func (t *Ticket) Fire(kind DeadlineKind, now time.Time) bool {
	by := System("deadlines")
	if t.s.Stage == StateFinished && kind == AutoClose {
		if now.Before(t.s.Timeline.now().Finished.Add(t.policy.AutoCloseAfter)) {
			return false
		}
		t.record(Closed{stamp(by, now), t.s.Cycle(), ClosedAuto})
		return true
	}
	for _, step := range t.stepsAhead() {
		due := t.escalatesAt(step)
		if kind == Escalate(step.Percent) && !now.Before(due) {
			t.record(Escalated{stamp(by, now), t.s.Cycle(), step.Percent, step.Tell, step.Apologise, due})
			return true
		}
	}
	return false
}

// stepsAhead are the levels not yet told in this cycle, while nobody has the ticket: unassigned is the worst overdue. What
// needs no visit, a complaint or an enquiry, is in good hands once a human has replied.
func (t *Ticket) stepsAhead() []policy.Step {
	responded := !t.s.Timeline.now().Responded.IsZero()
	if t.State() != StateOpened || responded && t.s.Kind != Repair {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(t.policy.Escalation), func(s policy.Step) bool {
		return slices.Contains(t.s.Escalated, s.Percent)
	})
}

// escalatesAt counts from when the cycle was posted, in the hours of the priority.
func (t *Ticket) escalatesAt(step policy.Step) time.Time {
	target := t.policy.Target(t.s.Priority).Response
	return instant(t.policy.Hours(t.s.Priority).Add(t.s.Timeline.now().Posted, target/100*time.Duration(step.Percent)))
}
