package fault

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// CodeOf is the stable code of an error: "internal" for one nobody classified, "ok" for nil.
func CodeOf(err error) string {
	if err == nil {
		return "ok"
	}
	return find(err).class.code
}

// KindOf is the kind of an error; one nobody classified is Internal. Ask it about errors only: nil has no kind and also
// answers Internal.
func KindOf(err error) Kind { return find(err).class.kind }

// TextOf is what to tell a person, in their language; never the cause.
func TextOf(err error, lang Lang) string { return find(err).text(lang) }

// Temporary reports whether the same request may succeed later, unchanged.
func Temporary(err error) bool {
	if err == nil {
		return false
	}
	switch KindOf(err) {
	case Unavailable, Timeout, Exhausted:
		return true
	case Internal, Invalid, Unauthenticated, Denied, NotFound, NotAllowed, Conflict, Stale, TooLarge, Unprocessable, Required:
		return false
	}
	return false
}

// Report is the public picture of an error: all that may leave the process. The wire packages translate it to and fro.
type Report struct {
	Kind       Kind
	Code       string
	ZH, EN     string // rendered
	Meta       map[string]string
	Violations []Violation
	RetryAfter time.Duration // 0 = do not say
}

// ReportOf pictures any error. An unclassified one becomes Internal with no detail at all.
func ReportOf(err error) Report {
	e := find(err)
	return Report{
		Kind: e.class.kind, Code: e.class.code, ZH: e.text(ZH), EN: e.text(EN),
		Meta: maps.Clone(e.meta), Violations: slices.Clone(e.violations), RetryAfter: e.wait(),
	}
}

// Err makes an error of a report that came over a wire. The peer's words are kept: it may be newer and know codes that
// this process has never heard of.
func (r Report) Err(cause error) *Error {
	class := &Class{kind: r.Kind, code: r.Code, zh: r.ZH, en: r.EN, rendered: true}
	return &Error{class: class, meta: maps.Clone(r.Meta), violations: slices.Clone(r.Violations), retryAfter: r.RetryAfter, cause: cause}
}

func (e *Error) wait() time.Duration {
	if e.retryAfter == 0 && (e.class.kind == Exhausted || e.class.kind == Unavailable) {
		return time.Second
	}
	return e.retryAfter
}

// find is the outermost fault in the tree of err. It reads no text and never fails.
func find(err error) *Error {
	var f interface {
		error
		fault() *Error
	}
	switch {
	case errors.As(err, &f):
		return f.fault()
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout.Wrap(err)
	case errors.Is(err, context.Canceled):
		return canceled.Wrap(err)
	}
	return Internal.Wrap(err)
}
