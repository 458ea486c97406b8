package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/linlihub/linli/libs/telemetry"
)

func scrape(t *testing.T, tel *telemetry.Telemetry, accept string) string {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	req.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	tel.MetricsHandler().ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetricsTellWhoReportsAndLeadToTraces(t *testing.T) {
	tel := start(t, telemetry.Config{Service: "linli", Version: "v1.2.3", Company: "demo", Instance: "linli-0"})
	seconds := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "test_seconds", Help: "Test.", Buckets: []float64{1}})
	tel.Registry.MustRegister(seconds)
	ctx, span := tel.For("tickets").Tracer("x").Start(t.Context(), "open")
	telemetry.Observe(ctx, seconds, 0.5)
	telemetry.Observe(t.Context(), seconds, 2)
	span.End()

	plain := scrape(t, tel, "text/plain")
	for _, want := range []string{
		`target_info{company="demo",service_instance_id="linli-0",service_name="linli",service_version="v1.2.3"} 1`,
		"go_goroutines ", "process_start_time_seconds ", "test_seconds_count 2",
	} {
		if !strings.Contains(plain, want) {
			t.Errorf("%s is missing", want)
		}
	}
	open := scrape(t, tel, "application/openmetrics-text; version=1.0.0")
	if exemplar := `# {trace_id="` + span.SpanContext().TraceID().String() + `"} 0.5`; strings.Count(open, exemplar) != 1 {
		t.Errorf("no exemplar in\n%s", open[strings.Index(open, "test_seconds"):])
	}
	if problems, err := promlint.New(strings.NewReader(plain)).Lint(); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

func TestALabelWithTooManyValuesIsCutAndTold(t *testing.T) {
	tel := start(t, telemetry.Config{})
	wild := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "test_wild_total", Help: "Test."}, []string{"id"})
	tel.Registry.MustRegister(wild)
	for i := range 5100 {
		wild.WithLabelValues(strconv.Itoa(i)).Inc()
	}
	if first := scrape(t, tel, "text/plain"); strings.Count(first, "test_wild_total{") != 5000 {
		t.Errorf("%d series", strings.Count(first, "test_wild_total{"))
	}
	if second := scrape(t, tel, "text/plain"); !strings.Contains(second, `linli_telemetry_series_dropped{metric="test_wild_total"} 100`) {
		t.Error("not told")
	}
}
