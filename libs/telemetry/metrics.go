package telemetry

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/telemetry/semconv"
)

// maxSeries bounds what one metric may cost. A label with an id in it is found by the alarm on SeriesDropped, not by a
// Prometheus that has run out of memory.
const maxSeries = 5000

// newRegistry has the process, the runtime and target_info, which is the resource in Prometheus's words: the only place
// where the company stands.
func newRegistry(cfg Config) *prometheus.Registry {
	target := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: semconv.TargetInfo, Help: "Who reports.",
		ConstLabels: prometheus.Labels{
			"service_name": cfg.Service, "service_version": cfg.Version, "service_instance_id": cfg.Instance, "company": cfg.Company,
		},
	})
	target.Set(1)
	registry := prometheus.NewRegistry()
	registry.MustRegister(target, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

// bounded lets at most maxSeries series of a metric through and tells how many it dropped, at the next scrape.
type bounded struct {
	prometheus.Gatherer

	dropped *prometheus.GaugeVec
}

func newBounded(registry *prometheus.Registry) bounded {
	dropped := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: semconv.SeriesDropped, Help: "Series of a metric beyond the limit at the last scrape; a label has too many values.",
	}, []string{"metric"})
	registry.MustRegister(dropped)
	return bounded{registry, dropped}
}

func (b bounded) Gather() ([]*dto.MetricFamily, error) {
	families, err := b.Gatherer.Gather()
	b.dropped.Reset()
	for _, family := range families {
		if over := len(family.GetMetric()) - maxSeries; over > 0 {
			family.Metric = family.GetMetric()[:maxSeries]
			b.dropped.WithLabelValues(family.GetName()).Set(float64(over))
		}
	}
	return families, err
}

// metricsHandler is /metrics: the classic text, or OpenMetrics with exemplars for those who ask for it.
func metricsHandler(registry *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(newBounded(registry), promhttp.HandlerOpts{EnableOpenMetrics: true, Registry: registry})
}

// Observe records a value with the trace it was measured in as its exemplar, so that a slow bucket on a dashboard leads
// to one slow trace.
func Observe(ctx context.Context, o prometheus.Observer, value float64) {
	span := trace.SpanContextFromContext(ctx)
	exemplary, ok := o.(prometheus.ExemplarObserver)
	if !ok || !span.IsSampled() {
		o.Observe(value)
		return
	}
	exemplary.ObserveWithExemplar(value, prometheus.Labels{semconv.LogTrace: span.TraceID().String()})
}
