package bus

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/linlihub/linli/libs/telemetry/semconv"
)

// metrics of all writers and consumers that share a registry.
type metrics struct {
	sent         *prometheus.HistogramVec // topic, outcome
	processed    *prometheus.HistogramVec // group, topic, outcome: one observation per try
	retries      *prometheus.CounterVec   // group, topic
	deadLetters  *prometheus.CounterVec   // group, topic, outcome: the class of failure
	lag          *prometheus.GaugeVec     // group, topic, partition
	parked       *prometheus.GaugeVec     // group, topic
	clientErrors *prometheus.CounterVec   // group; empty for a writer
}

func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	var failed error
	m := &metrics{
		sent: register(registry, &failed, prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: semconv.BusSent, Help: "Time to publish an event.", Buckets: seconds,
		}, []string{semconv.LabelTopic, semconv.LabelOutcome})),
		processed: register(registry, &failed, prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: semconv.BusProcessed, Help: "Time of a try to handle an event.", Buckets: seconds,
		}, []string{semconv.LabelGroup, semconv.LabelTopic, semconv.LabelOutcome})),
		retries: register(registry, &failed, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: semconv.BusRetries, Help: "Tries after the first.",
		}, []string{semconv.LabelGroup, semconv.LabelTopic})),
		deadLetters: register(registry, &failed, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: semconv.BusDeadLetters, Help: "Messages given up, by class of failure.",
		}, []string{semconv.LabelGroup, semconv.LabelTopic, semconv.LabelOutcome})),
		lag: register(registry, &failed, prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: semconv.BusLag, Help: "Messages in a partition that the group has not finished.",
		}, []string{semconv.LabelGroup, semconv.LabelTopic, semconv.LabelPartition})),
		parked: register(registry, &failed, prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: semconv.BusParked, Help: "Messages that keep failing and hold up their key.",
		}, []string{semconv.LabelGroup, semconv.LabelTopic})),
		clientErrors: register(registry, &failed, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: semconv.BusClientErrors, Help: "Complaints of the Kafka client.",
		}, []string{semconv.LabelGroup})),
	}
	return m, failed
}

var seconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// register takes the collector that is there already, for many services of one process share a registry.
func register[C prometheus.Collector](registry prometheus.Registerer, failed *error, c C) C {
	err := registry.Register(c)
	var there prometheus.AlreadyRegisteredError
	if errors.As(err, &there) {
		if same, ok := there.ExistingCollector.(C); ok {
			return same
		}
	}
	if err != nil {
		*failed = errors.Join(*failed, fmt.Errorf("register metrics of the bus: %w", err))
	}
	return c
}

// complaints is the client's error log: counted and passed on. What it says of connections that we end ourselves is no
// trouble, and must not teach anybody to overlook warnings.
func (m *metrics) complaints(log *slog.Logger, group string, leaving func() bool) func(string, ...any) {
	count := m.clientErrors.WithLabelValues(group)
	return func(format string, args ...any) {
		if leaving() {
			log.Debug("kafka client, while leaving", "error", fmt.Sprintf(format, args...))
			return
		}
		count.Inc()
		log.Warn("kafka client", "error", fmt.Sprintf(format, args...))
	}
}
