package discover

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/linlihub/linli/libs/telemetry/semconv"
)

// metrics of one directory.
type metrics struct {
	instances *prometheus.GaugeVec   // service
	ejected   *prometheus.CounterVec // service
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		instances: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: semconv.DiscoverInstances, Help: "Instances of a service that Consul told of last.",
		}, []string{semconv.LabelService}),
		ejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: semconv.DiscoverEjected, Help: "Times that an instance was left alone for a while because it failed.",
		}, []string{semconv.LabelService}),
	}
	r.MustRegister(m.instances, m.ejected)
	return m
}
