package telemetry_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"

	collectorv1 "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonv1 "go.opentelemetry.io/proto/otlp/common/v1"
	"google.golang.org/grpc"

	"github.com/linlihub/linli/libs/telemetry/semconv"
)

// collector is a real OTLP server that notes "company/service: span".
type collector struct {
	collectorv1.UnimplementedTraceServiceServer

	address string
	mu      sync.Mutex
	notes   []string
}

func startCollector(t *testing.T) *collector {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{address: listener.Addr().String()}
	server := grpc.NewServer()
	collectorv1.RegisterTraceServiceServer(server, c)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return c
}

func (c *collector) Export(_ context.Context, req *collectorv1.ExportTraceServiceRequest) (*collectorv1.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range req.GetResourceSpans() {
		who := value(resource.GetResource().GetAttributes(), semconv.Company) + "/" + value(resource.GetResource().GetAttributes(), semconv.ServiceName)
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				c.notes = append(c.notes, fmt.Sprintf("%s: %s", who, span.GetName()))
			}
		}
	}
	return &collectorv1.ExportTraceServiceResponse{}, nil
}

func (c *collector) received() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(slices.Values(c.notes))
}

func value(attributes []*commonv1.KeyValue, key string) string {
	for _, a := range attributes {
		if a.GetKey() == key {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}
