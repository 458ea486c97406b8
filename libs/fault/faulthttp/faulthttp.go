// Package faulthttp shows faults to browsers and other HTTP clients as RFC 9457 problem+json, in the reader's language.
package faulthttp

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/text/language"

	"github.com/linlihub/linli/libs/fault"
)

// ContentType is the media type of a Problem.
const ContentType = "application/problem+json"

// Problem is the body of every answer that is not a success. Clients decide by Code; Title and Detail are for people.
type Problem struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail"`
	Code     string            `json:"code"`
	Instance string            `json:"instance,omitempty"`
	TraceID  string            `json:"trace_id,omitempty"`
	Values   map[string]string `json:"values,omitempty"`
	Errors   []FieldError      `json:"errors,omitempty"`
}

// FieldError tells what is wrong with one field of the request.
type FieldError struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

var toStatus = [...]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Denied:          http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.NotAllowed:      http.StatusMethodNotAllowed,
	fault.Conflict:        http.StatusConflict,
	fault.Stale:           http.StatusPreconditionFailed,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Unprocessable:   http.StatusUnprocessableEntity,
	fault.Required:        http.StatusPreconditionRequired,
	fault.Exhausted:       http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Timeout:         http.StatusGatewayTimeout,
}

// Status maps a kind to its HTTP status.
func Status(k fault.Kind) int { return toStatus[k] }

// NewProblem pictures an error; instance is the path of the request, traceID what the log can be searched for.
func NewProblem(err error, lang fault.Lang, instance, traceID string) Problem {
	report := fault.ReportOf(err)
	problem := Problem{
		Type: "urn:linli:problem:" + report.Code, Title: report.Kind.Title(lang), Status: Status(report.Kind),
		Detail: pick(lang, report.ZH, report.EN), Code: report.Code,
		Instance: instance, TraceID: traceID, Values: report.Meta,
	}
	for _, v := range report.Violations {
		problem.Errors = append(problem.Errors, FieldError{v.Field, pick(lang, v.ZH, v.EN)})
	}
	return problem
}

// Write answers a request with an error, in the language it asked for. It writes headers: nothing may have been written
// before. The trace id is that of the request's span.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	lang := Lang(r)
	problem := NewProblem(err, lang, r.URL.EscapedPath(), traceID(r))
	body, encodeErr := json.Marshal(problem)
	if encodeErr != nil { // strings and ints only: cannot happen
		http.Error(w, problem.Code, problem.Status)
		return
	}
	header := w.Header()
	header.Set("Content-Type", ContentType)
	header.Set("Content-Language", string(lang))
	header.Add("Vary", "Accept-Language")
	header.Set("Cache-Control", "no-store")
	if wait := fault.ReportOf(err).RetryAfter; wait > 0 {
		header.Set("Retry-After", seconds(wait))
	}
	w.WriteHeader(problem.Status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone; there is nobody to tell
}

var matcher = language.NewMatcher([]language.Tag{language.SimplifiedChinese, language.English})

// Lang chooses the language of an answer from Accept-Language; Chinese when in doubt.
func Lang(r *http.Request) fault.Lang {
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return fault.ZH
	}
	if _, index, confidence := matcher.Match(tags...); index == 1 && confidence != language.No {
		return fault.EN
	}
	return fault.ZH
}

func pick(lang fault.Lang, zh, en string) string {
	if lang == fault.EN {
		return en
	}
	return zh
}

func traceID(r *http.Request) string {
	if span := trace.SpanContextFromContext(r.Context()); span.HasTraceID() {
		return span.TraceID().String()
	}
	return ""
}

// seconds rounds up: a client that comes back early is turned away again.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
