package bus

import (
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"

	"github.com/linlihub/linli/libs/fault"
)

// Permanent marks an error that no retry will mend: its event becomes a dead letter at once.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent tells whether publishing or handling the same thing again can only fail again.
func IsPermanent(err error) bool {
	switch classify(err) {
	case undecodable, permanent:
		return true
	case hung, panicked, overdue, transient:
		return false
	}
	return false
}

type permanentError struct{ cause error }

func (e *permanentError) Error() string { return e.cause.Error() }
func (e *permanentError) Unwrap() error { return e.cause }

// class is what kind of failure it was: a label of metrics and a header of dead letters.
type class string

const (
	undecodable class = "undecodable" // dead at once
	permanent   class = "permanent"   // dead at once
	hung        class = "hung"        // did not even return when its deadline was over: dead at once
	panicked    class = "panic"       // dead after inPlace tries
	overdue     class = "overdue"     // dead after inPlace tries
	transient   class = "transient"   // tried for ever
)

// inPlace is how often a message is tried that may be the handler's undoing.
const inPlace = 4

// dead tells whether a message that failed so, this many times, is given up.
func (c class) dead(tries int) bool {
	switch c {
	case undecodable, permanent, hung:
		return true
	case panicked, overdue:
		return tries >= inPlace
	case transient:
		return false
	}
	return false
}

var (
	errHung    = errors.New("the handler ignores its deadline")
	errOverdue = errors.New("the handler did not finish before its deadline")
)

type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

func classify(err error) class {
	var marked *permanentError
	var crash *panicError
	var tooLarge kafka.MessageTooLargeError
	switch {
	case errors.Is(err, ErrUndecodable):
		return undecodable
	case errors.As(err, &crash):
		return panicked
	case errors.Is(err, errHung):
		return hung
	case errors.Is(err, errOverdue):
		return overdue
	case errors.As(err, &marked), errors.As(err, &tooLarge), hopeless(fault.KindOf(err)):
		return permanent
	}
	return transient
}

// hopeless kinds blame the event or the state it meets. Stale is a lost race and Unauthenticated an expired token: both pass.
func hopeless(kind fault.Kind) bool {
	switch kind {
	case fault.Invalid, fault.Denied, fault.NotFound, fault.NotAllowed, fault.Conflict, fault.TooLarge, fault.Unprocessable, fault.Required:
		return true
	case fault.Internal, fault.Unauthenticated, fault.Stale, fault.Exhausted, fault.Unavailable, fault.Timeout:
		return false
	}
	return false
}
