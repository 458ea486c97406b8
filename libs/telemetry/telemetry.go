// Package telemetry is logs, traces and metrics in one call.
//
//   - Logs are slog lines with trace_id and span_id, masked.
//   - Traces are OpenTelemetry: to a collector over OTLP, to a ring in memory that traceview shows, or both.
//   - Metrics are prometheus/client_golang, and only that: OpenTelemetry's metrics would end in the same /metrics by a
//     longer way, without exemplars for free, and with a second registry to bound. Libraries that make OpenTelemetry metrics
//     get none (the global MeterProvider stays the no-op).
//
// The names are in semconv.
package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/telemetry/traceview"
)

// Config says who reports, and where to. The zero value logs text to stderr and keeps no traces.
type Config struct {
	Service  string // of the process; modules within it use For
	Version  string // default: the version the binary was built from
	Company  string
	Instance string // default: the host's name, which is the pod's

	LogLevel  string    // debug, info (default), warn, error
	LogFormat string    // text (default), json
	LogOutput io.Writer // default: stderr

	OTLPEndpoint string // host:port or URL of an OTLP gRPC collector; empty: none
	TraceRing    int    // how many traces to remember for traceview; 0: none
}

// Telemetry is shared by everything in the process and safe for concurrent use.
type Telemetry struct {
	Log      *slog.Logger
	Registry *prometheus.Registry

	cfg      Config
	pipeline *pipeline
	metrics  http.Handler

	mu        sync.Mutex
	providers map[string]*sdktrace.TracerProvider
}

// Start opens all three. It waits for nobody: a collector that is away is tried again later. It also sets the process-wide
// propagator, and the handler for errors of OpenTelemetry itself.
func Start(ctx context.Context, cfg Config) (*Telemetry, error) {
	cfg = cfg.withDefaults()
	log, err := newLog(cfg.LogOutput, cfg.LogLevel, cfg.LogFormat)
	if err != nil {
		return nil, fmt.Errorf("start telemetry: %w", err)
	}
	pipeline, err := newPipeline(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("start telemetry: %w", err)
	}
	otel.SetTextMapPropagator(Propagator())
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("telemetry is lost", "error", err) }))
	registry := newRegistry(cfg)
	return &Telemetry{
		Log: log, Registry: registry, cfg: cfg, pipeline: pipeline, metrics: metricsHandler(registry),
		providers: map[string]*sdktrace.TracerProvider{},
	}, nil
}

// For gives the maker of a service's spans: they carry its name as service.name, whichever process it runs in, so that a
// trace looks alike in one process and in thirteen.
func (t *Telemetry) For(service string) trace.TracerProvider {
	t.mu.Lock()
	defer t.mu.Unlock()
	provider, known := t.providers[service]
	if !known {
		provider = newProvider(t.cfg, service, t.pipeline)
		t.providers[service] = provider
	}
	return provider
}

// Ring holds the last traces; nil without TraceRing.
func (t *Telemetry) Ring() *traceview.Ring { return t.pipeline.ring }

// MetricsHandler serves the Registry as /metrics.
func (t *Telemetry) MetricsHandler() http.Handler { return t.metrics }

// Shutdown sends the last spans. Call it when everything that makes spans has stopped, and wait for it before the process
// exits; it gives up when ctx ends. Metrics need no flush, logs are not buffered.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	if err := errors.Join(t.pipeline.ForceFlush(ctx), t.pipeline.Shutdown(ctx)); err != nil {
		return fmt.Errorf("shut telemetry down: %w", err)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.LogOutput == nil {
		c.LogOutput = os.Stderr
	}
	host, _ := os.Hostname() // without one the instance stays empty, and is told by the scraper
	c.Instance = cmp.Or(c.Instance, host)
	if info, ok := debug.ReadBuildInfo(); ok {
		c.Version = cmp.Or(c.Version, info.Main.Version)
	}
	return c
}
