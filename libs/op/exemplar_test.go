package op_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"

	"github.com/linlihub/linli/libs/op"
	"github.com/linlihub/linli/libs/telemetry/semconv"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
)

// TestSlowBucketLeadsToATrace finds the trace of an operation in the histogram of its time.
func TestSlowBucketLeadsToATrace(t *testing.T) {
	registry := prometheus.NewRegistry()
	cfg := op.Config{
		Service: "identity", Log: slog.New(slog.DiscardHandler), Metrics: op.NewMetrics(registry),
		Tracer: sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.AlwaysSample())).Tracer("test"),
	}
	_, span := cfg.Tracer.Start(t.Context(), "a request")
	defer span.End()
	req := &identityv1.ListKeysRequest{}
	method := identityv1.Keys_List_FullMethodName
	served, err := op.Server(cfg)(trace.ContextWithSpan(t.Context(), span), req, &grpc.UnaryServerInfo{FullMethod: method},
		func(context.Context, any) (any, error) { return &identityv1.ListKeysResponse{}, nil })
	if err != nil || served == nil {
		t.Fatal(err)
	}
	want := map[string]string{semconv.OpHandled: span.SpanContext().TraceID().String()}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, bucket := range m.GetHistogram().GetBucket() {
				for _, label := range bucket.GetExemplar().GetLabel() {
					if label.GetName() == semconv.LogTrace && label.GetValue() == want[family.GetName()] {
						delete(want, family.GetName())
					}
				}
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("no exemplar of %v", want)
	}
}
