package bus_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	"github.com/linlihub/linli/libs/telemetry/semconv"
)

// TestAnOrderlyStopIsQuiet: who reads warnings at every restart will overlook the one that matters.
func TestAnOrderlyStopIsQuiet(t *testing.T) {
	in, log, registry := newInbox(), &journal{}, prometheus.NewRegistry()
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": in.router(t)})
	b.Config.Log, b.Config.Registry = slog.New(slog.NewTextHandler(log, nil)), registry
	for round := range 3 {
		stop := b.Consume(t, "dispatch", in.router(t))
		b.Publish(t, opened(t, "k0", round))
		in.wait(t, round+1)
		stop()
	}
	if text := log.String(); strings.Contains(text, "level=WARN") || strings.Contains(text, "level=ERROR") {
		t.Errorf("the log complains:\n%s", text)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if n := m.GetCounter().GetValue(); family.GetName() == semconv.BusClientErrors && n > 0 {
				t.Errorf("%v client errors were counted", n)
			}
		}
	}
}

// journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
