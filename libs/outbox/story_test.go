package outbox_test

import (
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/outbox"
)

func TestALaterRequestJoinsTheTraceOfTheBeginning(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)).Tracer("test")
	first, opened := tracer.Start(t.Context(), "open")
	began := outbox.Trace(first)
	if same := outbox.Join(first, began); !trace.SpanContextFromContext(same).Equal(opened.SpanContext()) {
		t.Error("what happens in the same trace is moved")
	}
	later, rated := tracer.Start(t.Context(), "rate")
	story := trace.SpanContextFromContext(outbox.Join(later, began))
	rated.End()

	ended := recorder.Ended()
	if len(ended) != 2 {
		t.Fatalf("%d spans ended, want the step and the request", len(ended))
	}
	step, request := ended[0], ended[1]
	if step.Name() != "rate" || step.Parent().SpanID() != opened.SpanContext().SpanID() || step.SpanContext().TraceID() != opened.SpanContext().TraceID() {
		t.Errorf("the step is %s below %s", step.Name(), step.Parent().SpanID())
	}
	if story.SpanID() != step.SpanContext().SpanID() {
		t.Error("events do not follow from the step")
	}
	for from, to := range map[sdktrace.ReadOnlySpan]sdktrace.ReadOnlySpan{step: request, request: step} {
		if links := from.Links(); len(links) != 1 || links[0].SpanContext.SpanID() != to.SpanContext().SpanID() {
			t.Errorf("%s in %s has links %v", from.Name(), from.SpanContext().TraceID(), links)
		}
	}
}

func TestWhatTimeDoesJoinsWithoutAStep(t *testing.T) {
	const began = "00-01000000000000000000000000000000-0200000000000000-01"
	if got := outbox.Trace(outbox.Join(t.Context(), began)); got != began {
		t.Errorf("got %q", got)
	}
	for _, nonsense := range []string{"", "00-00-00-00", "zz"} {
		if got := outbox.Trace(outbox.Join(t.Context(), nonsense)); got != "" {
			t.Errorf("%q became %q", nonsense, got)
		}
	}
}
