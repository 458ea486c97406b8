package outbox

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// scope names the tracer of the steps that Join adds.
const scope = "linli/outbox"

// Trace spells the trace of ctx as a W3C traceparent, "" without one: what an aggregate remembers of its beginning.
func Trace(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// Join gives a context in which events belong to the trace in which their aggregate began, so that one trace tells its whole
// life although each request has a trace of its own. There the present span shows as a step of the same name, and the two are
// linked both ways. Without a remembered trace, or within it, ctx stays as it is.
func Join(ctx context.Context, began string) context.Context {
	origin := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": began}))
	present := trace.SpanFromContext(ctx)
	if !origin.IsValid() || origin.TraceID() == present.SpanContext().TraceID() {
		return ctx
	}
	story := trace.ContextWithRemoteSpanContext(ctx, origin)
	named, ok := present.(interface{ Name() string })
	if !ok { // nobody asked: time itself did it
		return story
	}
	story, step := present.TracerProvider().Tracer(scope).Start(story, named.Name(), trace.WithLinks(trace.Link{SpanContext: present.SpanContext()}))
	present.AddLink(trace.Link{SpanContext: step.SpanContext()})
	step.End()
	return story
}
