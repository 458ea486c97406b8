package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"

	"github.com/linlihub/linli/libs/telemetry"
)

func TestEachSpanBelongsToItsService(t *testing.T) {
	tel := start(t, telemetry.Config{Service: "linli", TraceRing: 10})
	if tel.For("tickets") != tel.For("tickets") {
		t.Error("a service has two providers")
	}
	ctx, tap := tel.For("gateway").Tracer("x").Start(t.Context(), "POST /v1/tickets")
	_, open := tel.For("tickets").Tracer("x").Start(ctx, "tickets.v1.Tickets/Open")
	open.End()
	tap.End()
	trace, ok := tel.Ring().Trace(tap.SpanContext().TraceID().String())
	if !ok || len(trace.Spans) != 2 {
		t.Fatalf("%+v", trace)
	}
	for i, want := range []string{"gateway", "tickets"} {
		if trace.Spans[i].Service != want {
			t.Errorf("span %d belongs to %s", i, trace.Spans[i].Service)
		}
	}
	if trace.Spans[1].ParentID != trace.Spans[0].SpanID {
		t.Error("the trace falls apart")
	}
}

func TestNoPersonalNumberReachesATrace(t *testing.T) {
	const phone = "13812345678"
	tel := start(t, telemetry.Config{TraceRing: 1})
	_, span := tel.For("tickets").Tracer("x").Start(t.Context(), "call "+phone)
	span.SetAttributes(attribute.String("a", phone), attribute.StringSlice("b", []string{"x", phone}), attribute.Int64("c", 13812345678))
	span.RecordError(errors.New(phone))
	span.SetStatus(codes.Error, "no answer from "+phone)
	span.End()
	trace, _ := tel.Ring().Trace(span.SpanContext().TraceID().String())
	got := fmt.Sprintf("%+v", trace)
	if strings.Count(got, "138****5678") != 5 || strings.Count(got, phone) != 1 { // name (twice), a, b, status; and the integer
		t.Error(got)
	}
}

func TestThePropagatorIsW3CWithoutBaggage(t *testing.T) {
	tel := start(t, telemetry.Config{})
	ctx, span := tel.For("x").Tracer("x").Start(t.Context(), "x")
	defer span.End()
	header := http.Header{}
	otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(header))
	if !strings.Contains(header.Get("Traceparent"), span.SpanContext().TraceID().String()) || !slices.Equal(telemetry.Propagator().Fields(), []string{"traceparent", "tracestate"}) {
		t.Errorf("%v", header)
	}
}

func TestWithoutRingAndEndpointSpansAreStillMade(t *testing.T) {
	tel := start(t, telemetry.Config{})
	_, span := tel.For("x").Tracer("x").Start(t.Context(), "x")
	span.End()
	if !span.SpanContext().IsSampled() || tel.Ring() != nil {
		t.Error("no trace id for the log")
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSpansReachTheCollectorWithTheirServices(t *testing.T) {
	collector := startCollector(t)
	tel := start(t, telemetry.Config{Company: "demo", Version: "v1", OTLPEndpoint: collector.address, TraceRing: 10})
	for _, service := range []string{"gateway", "tickets"} {
		_, span := tel.For(service).Tracer("x").Start(t.Context(), "call 13812345678")
		span.End()
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"demo/gateway: call 138****5678", "demo/tickets: call 138****5678"}
	if got := collector.received(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestShutdownDoesNotWaitForACollectorThatIsAway(t *testing.T) {
	tel := start(t, telemetry.Config{OTLPEndpoint: "http://127.0.0.1:1"})
	_, span := tel.For("x").Tracer("x").Start(t.Context(), "x")
	span.End()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := tel.Shutdown(ctx); err == nil {
		t.Error("a lost span was not told")
	}
}

func TestConcurrentServices(t *testing.T) {
	tel := start(t, telemetry.Config{TraceRing: 3})
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 200 {
				_, span := tel.For(fmt.Sprintf("s%d", (worker+i)%5)).Tracer("x").Start(context.Background(), "x")
				span.End()
				tel.Ring().Traces()
			}
		})
	}
	all.Wait()
	if n := len(tel.Ring().Traces()); n != 3 {
		t.Errorf("%d traces", n)
	}
}

const childEndpoint = "LINLI_TEST_CHILD_OTLP"

// TestAKilledProcessLosesNoSpan starts this binary again, lets it make one span, sends SIGTERM, and asks the collector.
func TestAKilledProcessLosesNoSpan(t *testing.T) {
	if endpoint := os.Getenv(childEndpoint); endpoint != "" {
		oneSpanThenTerm(t, endpoint)
		return
	}
	collector := startCollector(t)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAKilledProcessLosesNoSpan$")
	child.Env = append(os.Environ(), childEndpoint+"="+collector.address)
	child.Stderr = os.Stderr
	ready, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := ready.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(child.Process.Signal(syscall.SIGTERM), child.Wait()); err != nil {
		t.Fatal(err)
	}
	if got := collector.received(); !slices.Equal(got, []string{"demo/tickets: last words"}) {
		t.Errorf("got %q", got)
	}
}

func oneSpanThenTerm(t *testing.T, endpoint string) {
	term, stop := signal.NotifyContext(t.Context(), syscall.SIGTERM)
	defer stop()
	tel := start(t, telemetry.Config{Company: "demo", OTLPEndpoint: endpoint})
	_, span := tel.For("tickets").Tracer("x").Start(t.Context(), "last words")
	span.End()
	fmt.Println("ready")
	<-term.Done()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
