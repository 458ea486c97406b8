package traceview

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Summary is a trace in the list.
type Summary struct {
	TraceID    string    `json:"trace_id"`
	Name       string    `json:"name"` // of the span that began it
	Services   []string  `json:"services"`
	Start      time.Time `json:"start"`
	DurationMS float64   `json:"duration_ms"`
	Count      int       `json:"span_count"`
	Dropped    int       `json:"dropped"` // spans beyond the limit
	Errors     int       `json:"errors"`
}

// Trace is one trace with its spans by start.
type Trace struct {
	Summary

	Spans []Span `json:"spans"`
}

// Span is one step. ParentID is empty for the span that began the trace.
type Span struct {
	TraceID    string            `json:"trace_id"`
	SpanID     string            `json:"span_id"`
	ParentID   string            `json:"parent_id"`
	Links      []Link            `json:"links"`
	Name       string            `json:"name"`
	Service    string            `json:"service"`
	Kind       string            `json:"kind"`
	Start      time.Time         `json:"start"`
	DurationMS float64           `json:"duration_ms"`
	Status     string            `json:"status"` // unset, ok, error
	Reason     string            `json:"reason,omitempty"`
	Attributes map[string]string `json:"attributes"`
}

// Link points to a span that this one has to do with, but does not descend from by the trace alone.
type Link struct {
	TraceID string `json:"trace_id"`
	SpanID  string `json:"span_id"`
}

// Traces lists what the ring holds, last touched first.
func (r *Ring) Traces() []Summary {
	records := r.snapshot()
	all := make([]Summary, 0, len(records))
	for _, rec := range records {
		all = append(all, summarise(rec))
	}
	return all
}

// Trace finds one by its id in hexadecimal; false means that it is unknown, forgotten, or has not ended a span yet.
func (r *Ring) Trace(id string) (Trace, bool) {
	parsed, err := trace.TraceIDFromHex(id)
	if err != nil {
		return Trace{}, false
	}
	rec, known := r.record(parsed)
	if !known {
		return Trace{}, false
	}
	found := Trace{Summary: summarise(rec)}
	for _, s := range byStart(rec.spans) {
		found.Spans = append(found.Spans, render(id, s))
	}
	return found, true
}

func summarise(rec record) Summary {
	sum := Summary{TraceID: rec.id.String(), Count: len(rec.spans), Dropped: rec.dropped}
	spans := byStart(rec.spans)
	root, end := spans[0], spans[0].end
	for _, s := range spans {
		if !s.parent.IsValid() && root.parent.IsValid() {
			root = s
		}
		if s.end.After(end) {
			end = s.end
		}
		if s.status.Code == codes.Error {
			sum.Errors++
		}
		if !slices.Contains(sum.Services, s.service) {
			sum.Services = append(sum.Services, s.service)
		}
	}
	sum.Name, sum.Start, sum.DurationMS = root.name, spans[0].start, millis(end.Sub(spans[0].start))
	return sum
}

func render(traceID string, s span) Span {
	shown := Span{
		TraceID: traceID, SpanID: s.id.String(), Links: slices.Clone(s.links), Name: s.name, Service: s.service, Kind: s.kind.String(),
		Start: s.start, DurationMS: millis(s.end.Sub(s.start)), Status: strings.ToLower(s.status.Code.String()), Reason: s.status.Description,
		Attributes: map[string]string{},
	}
	if s.parent.IsValid() {
		shown.ParentID = s.parent.String()
	}
	if shown.Links == nil {
		shown.Links = []Link{} // a list in JSON, also when empty
	}
	for _, a := range s.attributes {
		shown.Attributes[a.key] = a.value
	}
	return shown
}

// byStart sorts a copy; among equals the parent comes first because it ended last.
func byStart(spans []span) []span {
	sorted := slices.Clone(spans)
	slices.SortStableFunc(sorted, func(a, b span) int {
		return cmp.Or(a.start.Compare(b.start), b.end.Compare(a.end))
	})
	return sorted
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
