package fault

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Error is one occurrence of a Class. It is immutable: every method returns a new one, so that a shared error is never
// changed by the next one who adds to it.
type Error struct {
	class      *Class
	meta       map[string]string
	violations []Violation
	retryAfter time.Duration
	cause      error
}

// Violation tells what is wrong with one field of a request. Field is the path in the request, such as "home_id" or
// "photos[0].size".
type Violation struct{ Field, ZH, EN string }

// With adds a value: it fills {name} in the texts and travels with the error to logs, neighbours and browsers. The name
// is lower_snake_case. A value must never be personal data (no names, numbers, addresses or words of a person): ids,
// states, limits and counts only.
func (e *Error) With(name string, value any) *Error {
	changed := *e
	changed.meta = maps.Clone(e.meta)
	if changed.meta == nil {
		changed.meta = map[string]string{}
	}
	changed.meta[name] = show(value)
	return &changed
}

// Field adds a field violation; repeat it for every field that is wrong. The texts obey the rule of With.
func (e *Error) Field(field, zh, en string) *Error {
	changed := *e
	changed.violations = append(slices.Clip(e.violations), Violation{field, zh, en})
	return &changed
}

// Wrap adds a cause, which errors.Is and errors.As see, and the log; it never crosses a wire.
func (e *Error) Wrap(cause error) *Error {
	changed := *e
	changed.cause = cause
	return &changed
}

// RetryAfter says how long a caller should wait; without it Exhausted and Unavailable say one second.
func (e *Error) RetryAfter(d time.Duration) *Error {
	changed := *e
	changed.retryAfter = d
	return &changed
}

// Class is what kind of occurrence this is.
func (e *Error) Class() *Class { return e.class }

// Error is the line for the log: code, English text, values, violations, cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.class.code + ": " + e.text(EN))
	for _, name := range slices.Sorted(maps.Keys(e.meta)) {
		fmt.Fprintf(&b, " [%s=%s]", name, e.meta[name])
	}
	for _, v := range e.violations {
		fmt.Fprintf(&b, " (%s: %s)", v.Field, v.EN)
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is compares by code with a Class and by kind with a Kind.
func (e *Error) Is(target error) bool { return e.class.Is(target) }

func (e *Error) fault() *Error { return e }

func (e *Error) text(lang Lang) string {
	if e.class.rendered {
		return e.class.Text(lang)
	}
	return fill(e.class.Text(lang), e.meta)
}

// maxValue bounds a value, in runes: details travel in a gRPC trailer, where a caller's megabytes would sink the answer.
const maxValue = 200

// show makes a value a short and valid string, for protobuf refuses any other.
func show(value any) string {
	if t, ok := value.(time.Time); ok {
		return t.Format(time.RFC3339)
	}
	text := strings.ToValidUTF8(fmt.Sprint(value), "\uFFFD")
	if len(text) <= maxValue {
		return text
	}
	if runes := []rune(text); len(runes) > maxValue {
		return string(runes[:maxValue]) + "…"
	}
	return text
}
