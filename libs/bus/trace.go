package bus

import (
	"context"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/telemetry/semconv"
)

// w3c reads and writes the two headers, and never baggage: what a neighbour says must not travel on.
var w3c = propagation.TraceContext{}

// creation is the context in which a message was recorded, if it tells a valid one.
func creation(m Message) trace.SpanContext {
	carrier := propagation.MapCarrier{headerTraceparent: m.Traceparent, headerTracestate: m.Tracestate}
	return trace.SpanContextFromContext(w3c.Extract(context.Background(), carrier))
}

// startSend begins the PRODUCER span of a message that belongs to a trace, and makes it the message's trace context: the
// consumer becomes its child, which is how a service graph is drawn. The span is nil for a message without a trace.
func startSend(ctx context.Context, tracer trace.Tracer, m *Message) trace.Span {
	origin := creation(*m)
	if !origin.IsValid() {
		m.Traceparent, m.Tracestate = "", ""
		return nil
	}
	ctx, span := tracer.Start(trace.ContextWithRemoteSpanContext(ctx, origin), semconv.SendSpan(m.Topic), //nolint:spancheck // endSpan ends it
		trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(
			attribute.String(semconv.MessagingSystem, semconv.Kafka),
			attribute.String(semconv.MessagingOperation, semconv.Send),
			attribute.String(semconv.MessagingTopic, m.Topic),
			attribute.String(semconv.MessagingID, m.ID),
			attribute.String(semconv.EventType, m.Type),
		))
	carrier := propagation.MapCarrier{}
	w3c.Inject(ctx, carrier)
	m.Traceparent, m.Tracestate = carrier[headerTraceparent], carrier[headerTracestate]
	return span //nolint:spancheck // endSpan ends it
}

// startProcess begins the CONSUMER span of one try: child of the span that sent the message, and linked to it.
func startProcess(ctx context.Context, tracer trace.Tracer, group string, m Message, try int) (context.Context, trace.Span) {
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(
			attribute.String(semconv.MessagingSystem, semconv.Kafka),
			attribute.String(semconv.MessagingOperation, semconv.Process),
			attribute.String(semconv.MessagingTopic, m.Topic),
			attribute.String(semconv.MessagingGroup, group),
			attribute.String(semconv.MessagingPartition, strconv.Itoa(m.Partition)),
			attribute.Int64(semconv.MessagingOffset, m.Offset),
			attribute.String(semconv.MessagingID, brief(m.ID)),
			attribute.String(semconv.EventType, brief(m.Type)),
			attribute.Int(semconv.Attempt, try),
		),
	}
	if origin := creation(m); origin.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, origin)
		options = append(options, trace.WithLinks(trace.Link{SpanContext: origin}))
	}
	return tracer.Start(ctx, semconv.ProcessSpan(m.Topic), options...) //nolint:spancheck // endSpan ends it
}

// maxBrief bounds what logs and spans tell of a header.
const maxBrief = 100

// brief makes a header that may hold anything fit to be told: one span that is not UTF-8 would cost all that are sent with it.
func brief(header string) string {
	return strings.ToValidUTF8(header[:min(len(header), maxBrief)], "\uFFFD")
}

func endSpan(span trace.Span, err error) {
	if span == nil {
		return
	}
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, string(classify(err)))
	}
	span.End()
}
