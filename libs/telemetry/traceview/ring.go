// Package traceview remembers the last traces of a process and shows them at /ops/traces: enough to follow one repair
// ticket from the tap to the rating without any other server.
package traceview

import (
	"container/list"
	"slices"
	"strings"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/telemetry/semconv"
)

// What a ring holds at most. A ticket's whole life is about 200 spans; most traces are a handful.
const (
	spansPerTrace = 512
	spansPerSlot  = 64 // on average; so 500 traces are at most 32,000 spans, about 30 MB
	attributesMax = 32
	valueMax      = 256 // bytes
	linksMax      = 16
)

// Ring remembers the traces that were touched last. A trace that lives for minutes stays as long as spans keep coming;
// when room is needed the one that has been silent longest goes, as a whole. It is safe for concurrent use.
type Ring struct {
	traces, spans int // limits

	mu      sync.Mutex
	held    int                             // spans
	byID    map[trace.TraceID]*list.Element // of *record
	touched *list.List                      // last touched first
}

// record is one trace in the ring.
type record struct {
	id      trace.TraceID
	spans   []span
	dropped int
}

// span is a Span before it is rendered: a third of the size.
type span struct {
	id, parent trace.SpanID
	links      []Link
	name       string
	service    string
	kind       trace.SpanKind
	start, end time.Time
	status     sdktrace.Status
	attributes []label
}

type label struct{ key, value string }

// NewRing remembers that many traces.
func NewRing(traces int) *Ring {
	traces = max(1, traces)
	return &Ring{
		traces: traces, spans: max(spansPerTrace, traces*spansPerSlot),
		byID: map[trace.TraceID]*list.Element{}, touched: list.New(),
	}
}

// Add takes a finished span.
func (r *Ring) Add(s sdktrace.ReadOnlySpan) {
	added := shrink(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.touch(s.SpanContext().TraceID())
	if len(rec.spans) >= spansPerTrace {
		rec.dropped++
		return
	}
	rec.spans = append(rec.spans, added)
	r.held++
	for len(r.byID) > r.traces || r.held > r.spans {
		r.forget()
	}
}

// touch finds or makes the record and moves it to the front.
func (r *Ring) touch(id trace.TraceID) *record {
	if element, known := r.byID[id]; known {
		r.touched.MoveToFront(element)
		return element.Value.(*record)
	}
	rec := &record{id: id}
	r.byID[id] = r.touched.PushFront(rec)
	return rec
}

// forget drops the trace that has been silent longest.
func (r *Ring) forget() {
	last := r.touched.Back()
	rec := r.touched.Remove(last).(*record)
	delete(r.byID, rec.id)
	r.held -= len(rec.spans)
}

// snapshot copies what the ring holds, last touched first. Records only grow at their end, so the copies may share.
func (r *Ring) snapshot() []record {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]record, 0, r.touched.Len())
	for element := r.touched.Front(); element != nil; element = element.Next() {
		all = append(all, *element.Value.(*record))
	}
	return all
}

func (r *Ring) record(id trace.TraceID) (record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	element, known := r.byID[id]
	if !known {
		return record{}, false
	}
	return *element.Value.(*record), true
}

// shrink keeps what the page shows; long strings are cut.
func shrink(s sdktrace.ReadOnlySpan) span {
	kept := span{
		id: s.SpanContext().SpanID(), parent: s.Parent().SpanID(), name: cut(s.Name()), kind: s.SpanKind(),
		start: s.StartTime(), end: s.EndTime(), status: s.Status(),
	}
	kept.status.Description = cut(kept.status.Description)
	if name, ok := s.Resource().Set().Value(semconv.ServiceName); ok {
		kept.service = name.AsString()
	}
	for _, a := range first(s.Attributes(), attributesMax) {
		kept.attributes = append(kept.attributes, label{string(a.Key), cut(a.Value.String())})
	}
	for _, l := range first(s.Links(), linksMax) {
		kept.links = append(kept.links, Link{l.SpanContext.TraceID().String(), l.SpanContext.SpanID().String()})
	}
	return kept
}

func first[T any](all []T, n int) []T { return slices.Clip(all[:min(n, len(all))]) }

func cut(s string) string {
	if len(s) <= valueMax {
		return s
	}
	return strings.ToValidUTF8(s[:valueMax], "") + "…"
}
