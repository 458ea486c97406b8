package bus_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// One trace goes through: the event was recorded in a span, sent in its child, handled in the child of that, which is also
// linked to it.
func TestTrace(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("test")
	seen := make(chan trace.SpanContext, 2)
	messages := make(chan bus.Message, 2)
	r := bus.NewRouter()
	bus.Handle(r, func(ctx context.Context, m bus.Message, _ *ticketsv1.TicketOpened) error {
		seen <- trace.SpanContextFromContext(ctx)
		messages <- m
		return nil
	})
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": r})
	b.Config.Tracer = tracer
	writer, err := bus.NewWriter(b.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	stop := b.Consume(t, "dispatch", r)

	traced, untraced := opened(t, "k0", 0), opened(t, "k0", 1)
	traced.Traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	untraced.Traceparent = "00-garbage"
	if err := writer.Publish(t.Context(), []bus.Message{traced, untraced}); err != nil {
		t.Fatal(err)
	}
	inHandler, alone := <-seen, <-seen
	arrived, arrivedAlone := <-messages, <-messages
	stop()

	send := find(t, spans.Ended(), "send tickets.ticket.v1", trace.SpanKindProducer, inHandler.TraceID())
	process := find(t, spans.Ended(), "process tickets.ticket.v1", trace.SpanKindConsumer, inHandler.TraceID())
	if got := inHandler.TraceID().String(); got != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Errorf("the handler runs in trace %s", got)
	}
	if got := send.Parent().SpanID().String(); got != "00f067aa0ba902b7" {
		t.Errorf("the event was sent under span %s, want the one that recorded it", got)
	}
	if process.SpanContext().SpanID() != inHandler.SpanID() {
		t.Error("the handler does not run in the consumer's span")
	}
	if process.Parent().SpanID() != send.SpanContext().SpanID() {
		t.Error("the consumer's span is not the child of the producer's")
	}
	if links := process.Links(); len(links) != 1 || links[0].SpanContext.SpanID() != send.SpanContext().SpanID() {
		t.Errorf("the consumer's span has links %v, want one to the producer's", links)
	}
	if want := "00-4bf92f3577b34da6a3ce929d0e0e4736-" + send.SpanContext().SpanID().String() + "-01"; arrived.Traceparent != want {
		t.Errorf("the event arrived with %s, want %s", arrived.Traceparent, want)
	}
	attributes := attribute.NewSet(process.Attributes()...)
	for key, want := range map[attribute.Key]string{
		"messaging.system": "kafka", "messaging.destination.name": "tickets.ticket.v1", "messaging.consumer.group.name": "dispatch",
		"messaging.message.id": traced.ID, "cloudevents.event_type": "linli.tickets.v1.TicketOpened",
	} {
		if got, _ := attributes.Value(key); got.AsString() != want {
			t.Errorf("%s is %q, want %q", key, got.AsString(), want)
		}
	}
	if !alone.IsValid() || alone.TraceID() == inHandler.TraceID() || arrivedAlone.Traceparent != "" {
		t.Errorf("an event without a trace is handled in %v", alone)
	}
}

func find(t *testing.T, spans []sdktrace.ReadOnlySpan, name string, kind trace.SpanKind, in trace.TraceID) sdktrace.ReadOnlySpan {
	t.Helper()
	for _, span := range spans {
		if span.Name() == name && span.SpanKind() == kind && span.SpanContext().TraceID() == in {
			return span
		}
	}
	t.Fatalf("no span %q in trace %s", name, in)
	return nil
}
