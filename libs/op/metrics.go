package op

import (
	"context"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/telemetry"
	"github.com/linlihub/linli/libs/telemetry/semconv"
)

// Metrics counts and times operations; one per process, shared by all services in it.
type Metrics struct {
	handled *prometheus.HistogramVec
	called  *prometheus.HistogramVec
}

var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}

// NewMetrics registers the histograms of both chains.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		handled: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: semconv.OpHandled, Help: "Time an operation took on the server, by operation and fault code.", Buckets: buckets,
		}, []string{semconv.LabelOperation, semconv.LabelCode}),
		called: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: semconv.OpCalled, Help: "Time a call to another service took, retries included.", Buckets: buckets,
		}, []string{semconv.LabelOperation, semconv.LabelCode}),
	}
	r.MustRegister(m.handled, m.called)
	return m
}

func (m *Metrics) measured() endpoint.Middleware { return timed(m.handled) }

func timed(h *prometheus.HistogramVec) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			start := time.Now()
			answer, err := next(ctx, req)
			code := "ok"
			if err != nil {
				code = fault.CodeOf(err)
			}
			telemetry.Observe(ctx, h.WithLabelValues(From(ctx).Name, code), time.Since(start).Seconds())
			return answer, err
		}
	}
}
