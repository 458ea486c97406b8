package e2e_test

import (
	"errors"
	"slices"
	"testing"
)

// result is what a call answered.
type result[T any] struct {
	answer T
	err    error
}

func got[T any](answer T, err error) result[T] { return result[T]{answer, err} }

// ok fails the test when the call was refused, and passes its answer on.
func (r result[T]) ok(t *testing.T) T {
	t.Helper()
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r.answer
}

// refused fails the test unless the call was refused for this reason.
func (r result[T]) refused(t *testing.T, reason error) {
	t.Helper()
	if !errors.Is(r.err, reason) {
		t.Errorf("got %v, want %v", r.err, reason)
	}
}

func without(all []string, kind string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == kind })
}
