package bus

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go/sasl"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Config is how a service reaches the bus. Brokers and Company are needed, the rest has the house's defaults.
type Config struct {
	Brokers []string // host:port of any of them
	Company string   // prefix of every topic and group
	// Instance is our name among the members of a group, the same after a restart and nobody else's; a group that knows
	// one by that name from before a crash is told to let it go. Nobody is let go unless given.
	Instance string

	// Dial connects to a broker, and secures the connection where it must be; plain TCP unless given.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Login signs in; nobody does unless given.
	Login sasl.Mechanism

	Log      *slog.Logger          // silent unless given
	Tracer   trace.Tracer          // no spans unless given
	Registry prometheus.Registerer // metrics go nowhere unless given; may be shared by writers and consumers of one process

	// Deadline is how long a handler may take for one event; 30 s unless given.
	Deadline time.Duration
	// Pauses are the times between the tries of one event; the last repeats for ever. 50 ms, 200 ms, 1 s, 5 s, 15 s and
	// 30 s unless given, each ± 20 %.
	Pauses []time.Duration
	// Workers is how many handlers run at once in one partition; 8 unless given.
	Workers int
	// Window is how many unfinished events of one partition may be held; 256 unless given.
	Window int
	// CommitEvery is the time between two commits of the offsets that were reached; 1 s unless given.
	CommitEvery time.Duration
	// Drain is how long Run waits for handlers when it is stopped; 15 s unless given.
	Drain time.Duration
	// Stalled is how long a partition with messages may make no progress before its reader is rebuilt; 60 s unless given.
	Stalled time.Duration

	// Topics says how EnsureTopics makes them.
	Topics TopicSettings
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Tracer == nil {
		c.Tracer = noop.NewTracerProvider().Tracer("")
	}
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext
	}
	if len(c.Pauses) == 0 {
		c.Pauses = []time.Duration{
			50 * time.Millisecond, 200 * time.Millisecond, time.Second, // in place
			5 * time.Second, 15 * time.Second, 30 * time.Second, // parked
		}
	}
	c.Deadline = orElse(c.Deadline, 30*time.Second)
	c.Workers = orElse(c.Workers, 8)
	c.Window = orElse(c.Window, 256)
	c.CommitEvery = orElse(c.CommitEvery, time.Second)
	c.Drain = orElse(c.Drain, 15*time.Second)
	c.Stalled = orElse(c.Stalled, time.Minute)
	return c
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func (c Config) check() error {
	if len(c.Brokers) == 0 {
		return errors.New("bus: no brokers")
	}
	if c.Company == "" || strings.ContainsAny(c.Company, "./ ") {
		return errors.New("bus: the company's name must be one word, without dots")
	}
	return nil
}
