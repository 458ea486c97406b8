package traceview_test

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/telemetry/semconv"
	"github.com/linlihub/linli/libs/telemetry/traceview"
)

var morning = time.Date(2026, 3, 24, 8, 0, 0, 0, time.UTC)

func traceID(n int) (id trace.TraceID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

func spanContext(traceNo, spanNo int) trace.SpanContext {
	var id trace.SpanID
	binary.BigEndian.PutUint64(id[:], uint64(spanNo))
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID(traceNo), SpanID: id, TraceFlags: trace.FlagsSampled})
}

// step is a finished span; parent 0 is none. It lasts one millisecond and starts by its number.
func step(traceNo, spanNo, parent int, name, service string) tracetest.SpanStub {
	start := morning.Add(time.Duration(spanNo) * time.Millisecond)
	stub := tracetest.SpanStub{
		Name: name, SpanContext: spanContext(traceNo, spanNo), SpanKind: trace.SpanKindServer,
		StartTime: start, EndTime: start.Add(time.Millisecond),
		Resource: resource.NewSchemaless(attribute.String(semconv.ServiceName, service)),
	}
	if parent != 0 {
		stub.Parent = spanContext(traceNo, parent)
	}
	return stub
}

func add(r *traceview.Ring, stubs ...tracetest.SpanStub) {
	for _, stub := range stubs {
		r.Add(stub.Snapshot())
	}
}

func TestATraceIsKeptWhole(t *testing.T) {
	ring := traceview.NewRing(10)
	process := step(1, 3, 2, "process tickets.ticket.v1", "dispatch")
	process.Links = []sdktrace.Link{{SpanContext: spanContext(1, 2)}}
	process.Status = sdktrace.Status{Code: codes.Error, Description: "dispatch.no_candidate"}
	process.Attributes = []attribute.KeyValue{attribute.Int("n", 7), attribute.String("long", strings.Repeat("邻", 1000))}
	add(ring, process, step(1, 2, 1, "tickets.v1.Tickets/Open", "tickets"), step(1, 1, 0, "POST /v1/tickets", "gateway"))

	got, ok := ring.Trace(traceID(1).String())
	if !ok || got.Name != "POST /v1/tickets" || got.Count != 3 || got.Errors != 1 || got.DurationMS != 3 ||
		fmt.Sprint(got.Services) != "[gateway tickets dispatch]" || !got.Start.Equal(morning.Add(time.Millisecond)) {
		t.Fatalf("%+v", got)
	}
	first, last := got.Spans[0], got.Spans[2]
	if first.ParentID != "" || last.ParentID != got.Spans[1].SpanID || got.Spans[1].ParentID != first.SpanID {
		t.Error("the spans lost their parents or their order")
	}
	if last.Links[0] != (traceview.Link{TraceID: got.TraceID, SpanID: got.Spans[1].SpanID}) || last.Status != "error" ||
		last.Reason != "dispatch.no_candidate" || last.Kind != "server" || last.Attributes["n"] != "7" || last.DurationMS != 1 {
		t.Errorf("%+v", last)
	}
	if long := last.Attributes["long"]; len(long) > 260 || !strings.HasSuffix(long, "邻…") {
		t.Errorf("%d bytes kept", len(long))
	}
	if _, ok := ring.Trace("nonsense"); ok {
		t.Error("found nonsense")
	}
}

// TestALongLifeStaysWhileOthersPass is a ticket's: a span now and then, while other traces come and go.
func TestALongLifeStaysWhileOthersPass(t *testing.T) {
	ring := traceview.NewRing(20)
	for i := 1; i <= 200; i++ {
		add(ring, step(1, i, i-1, fmt.Sprintf("step %d", i), "tickets"))
		for other := range 10 {
			add(ring, step(1000*i+other, 1, 0, "GET /v1/me", "gateway"))
		}
	}
	if life, ok := ring.Trace(traceID(1).String()); !ok || life.Count != 200 || life.Name != "step 1" {
		t.Errorf("%v: %d spans remembered", ok, life.Count)
	}
	all := ring.Traces()
	if len(all) != 20 || all[0].TraceID != traceID(200_009).String() {
		t.Errorf("%d traces, first %s", len(all), all[0].TraceID)
	}
	if _, ok := ring.Trace(traceID(1000).String()); ok {
		t.Error("an old trace was not forgotten")
	}
}

func TestTheRingIsBounded(t *testing.T) {
	ring := traceview.NewRing(50)
	for i := 1; i <= 600; i++ {
		add(ring, step(1, i, 0, "loop", "x"))
	}
	if got, _ := ring.Trace(traceID(1).String()); got.Count != 512 || got.Dropped != 88 {
		t.Errorf("one trace: %d kept, %d dropped", got.Count, got.Dropped)
	}
	for other := 2; other < 60; other++ {
		for i := range 500 {
			add(ring, step(other, i+1, 0, "x", "x"))
		}
	}
	spans := 0
	for _, sum := range ring.Traces() {
		spans += sum.Count
	}
	if spans > 50*64 || spans < 50*64-512 {
		t.Errorf("%d spans held", spans)
	}
}

// TestMemoryIsBounded fills a ring many times over with the largest spans; what is left is some 12 MB, not 150.
func TestMemoryIsBounded(t *testing.T) {
	ring := traceview.NewRing(20)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 4_000 {
		stub := step(i/50, i+1, 0, strings.Repeat("n", 10_000), "x")
		for a := range 40 {
			stub.Attributes = append(stub.Attributes, attribute.String(fmt.Sprint("k", a%5), strings.Repeat("v", 1000)))
		}
		add(ring, stub)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if mb := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) >> 20; mb > 25 {
		t.Errorf("%d MB held", mb)
	}
	runtime.KeepAlive(ring)
}

func TestConcurrentUse(t *testing.T) {
	ring := traceview.NewRing(5)
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 500 {
				add(ring, step(i%7, worker*1000+i+1, 0, "x", "x"))
				for _, sum := range ring.Traces() {
					ring.Trace(sum.TraceID)
				}
			}
		})
	}
	all.Wait()
}
