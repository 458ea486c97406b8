package telemetry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"

	"github.com/linlihub/linli/libs/telemetry/semconv"
	"github.com/linlihub/linli/libs/telemetry/traceview"
)

// Propagator carries a trace over any wire as W3C traceparent and tracestate. Baggage is left out: it would carry
// whatever a stranger puts into a header through the whole platform.
func Propagator() propagation.TextMapPropagator { return propagation.TraceContext{} }

// pipeline is where every finished span of every service in the process goes: masked, then to the collector and to the
// ring, where there are such.
type pipeline struct {
	batch sdktrace.SpanProcessor // nil without an endpoint
	ring  *traceview.Ring        // nil without one
}

var _ sdktrace.SpanProcessor = (*pipeline)(nil)

func newPipeline(ctx context.Context, cfg Config) (*pipeline, error) {
	p := &pipeline{}
	if cfg.TraceRing > 0 {
		p.ring = traceview.NewRing(cfg.TraceRing)
	}
	if cfg.OTLPEndpoint != "" {
		exporter, err := otlptracegrpc.New(ctx, dial(cfg.OTLPEndpoint)...)
		if err != nil {
			return nil, fmt.Errorf("connect to trace collector: %w", err)
		}
		// The default queue of 2,048 spans holds a fifth of a second at 200 tickets a second; a longer one costs nothing idle.
		p.batch = sdktrace.NewBatchSpanProcessor(exporter,
			sdktrace.WithMaxQueueSize(16<<10), sdktrace.WithBatchTimeout(time.Second))
	}
	return p, nil
}

// dial reads host:port (no TLS, for a collector on the same node) or an http(s) URL. DNS is not asked for a configuration, which
// nobody publishes.
func dial(endpoint string) []otlptracegrpc.Option {
	plain := otlptracegrpc.WithDialOption(grpc.WithDisableServiceConfig())
	if strings.Contains(endpoint, "://") {
		return []otlptracegrpc.Option{plain, otlptracegrpc.WithEndpointURL(endpoint)}
	}
	return []otlptracegrpc.Option{plain, otlptracegrpc.WithEndpoint(endpoint), otlptracegrpc.WithInsecure()}
}

// OnStart does nothing: a span is shown when it has ended.
func (p *pipeline) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd hands the span on.
func (p *pipeline) OnEnd(span sdktrace.ReadOnlySpan) {
	if p.batch == nil && p.ring == nil {
		return
	}
	span = maskSpan(span)
	if p.ring != nil {
		p.ring.Add(span)
	}
	if p.batch != nil {
		p.batch.OnEnd(span)
	}
}

// ForceFlush sends what waits.
func (p *pipeline) ForceFlush(ctx context.Context) error {
	if p.batch == nil {
		return nil
	}
	return p.batch.ForceFlush(ctx)
}

// Shutdown sends what waits and closes the connection.
func (p *pipeline) Shutdown(ctx context.Context) error {
	if p.batch == nil {
		return nil
	}
	return p.batch.Shutdown(ctx)
}

// newProvider makes spans in the name of one service. All providers share the pipeline.
func newProvider(cfg Config, service string, p *pipeline) *sdktrace.TracerProvider {
	return sdktrace.NewTracerProvider(
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String(semconv.ServiceName, service),
			attribute.String(semconv.ServiceVersion, cfg.Version),
			attribute.String(semconv.ServiceInstance, cfg.Instance),
			attribute.String(semconv.Company, cfg.Company),
		)),
		sdktrace.WithSpanProcessor(p),
	)
}
