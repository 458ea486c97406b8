package traceview_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/linlihub/linli/libs/fault/faulthttp"
	"github.com/linlihub/linli/libs/telemetry/traceview"
)

func get(t *testing.T, ring *traceview.Ring, query, accept, language string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, traceview.Path+query, nil)
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Language", language)
	w := httptest.NewRecorder()
	traceview.Handler(ring).ServeHTTP(w, req)
	return w
}

func ticketRing() *traceview.Ring {
	ring := traceview.NewRing(10)
	failed := step(1, 3, 2, "process tickets.ticket.v1", "dispatch")
	failed.Status = sdktrace.Status{Code: codes.Error, Description: "dispatch.no_candidate"}
	failed.Attributes = []attribute.KeyValue{attribute.String("words", "<script>alert(1)</script>")}
	failed.Links = []sdktrace.Link{{SpanContext: spanContext(2, 1)}}
	add(ring, step(1, 1, 0, "POST /v1/tickets", "gateway"), step(1, 2, 1, "tickets.v1.Tickets/Open", "tickets"), failed,
		step(2, 1, 0, "GET /v1/me", "gateway"))
	return ring
}

func TestTheTreeAsJSON(t *testing.T) {
	ring := ticketRing()
	for _, w := range []*httptest.ResponseRecorder{
		get(t, ring, "?format=json&trace="+traceID(1).String(), "text/html", ""),
		get(t, ring, "?trace="+strings.ToUpper(traceID(1).String()), "application/json", ""),
	} {
		var got traceview.Trace
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
		names := map[string]string{"": ""}
		for _, s := range got.Spans {
			names[s.SpanID] = s.Name
		}
		var edges []string
		for _, s := range got.Spans {
			edges = append(edges, names[s.ParentID]+" > "+s.Name)
		}
		want := []string{" > POST /v1/tickets", "POST /v1/tickets > tickets.v1.Tickets/Open", "tickets.v1.Tickets/Open > process tickets.ticket.v1"}
		if !slices.Equal(edges, want) {
			t.Errorf("%q", edges)
		}
		for _, field := range []string{"trace_id", "span_id", "parent_id", "links", "name", "service", "kind", "start", "duration_ms", "status", "attributes"} {
			if !strings.Contains(w.Body.String(), `"`+field+`":`) {
				t.Errorf("%s is missing", field)
			}
		}
		if strings.Contains(w.Body.String(), "null") {
			t.Errorf("a list is null: %s", w.Body)
		}
	}
}

func TestTheListAsJSON(t *testing.T) {
	ring := ticketRing()
	for query, want := range map[string]int{
		"": 2, "&q=Tickets": 1, "&q=DISPATCH": 1, "&q=gateway": 2, "&q=" + traceID(2).String(): 1, "&q=nothing": 0,
	} {
		var got struct{ Traces []traceview.Summary }
		if err := json.Unmarshal(get(t, ring, "?format=json"+query, "", "").Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Traces == nil || len(got.Traces) != want {
			t.Errorf("%q finds %d", query, len(got.Traces))
		}
	}
}

func TestThePages(t *testing.T) {
	ring := ticketRing()
	one := "?trace=" + traceID(1).String()
	for name, c := range map[string]struct{ query, language, want string }{
		"list":                 {"", "", "最近的链路"},
		"list, English":        {"", "en", "Last traces"},
		"list, chosen":         {"?lang=en", "zh-CN", "Last traces"},
		"trace":                {one, "", "全部链路"},
		"trace, English":       {one, "en", "all traces"},
		"reason":               {one, "", "dispatch.no_candidate"},
		"link to another":      {one, "en", "?trace=" + traceID(2).String()},
		"words are not markup": {one, "", "&lt;script&gt;"},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(t, ring, c.query, "text/html", c.language)
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), "<script") ||
				strings.Contains(w.Body.String(), "ZgotmplZ") {
				t.Errorf("%d: no %q in\n%s", w.Code, c.want, w.Body)
			}
			if !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
				t.Error("the page may load what it likes")
			}
		})
	}
	if empty := get(t, traceview.NewRing(1), "", "text/html", ""); !strings.Contains(empty.Body.String(), "还没有链路") {
		t.Error("an empty ring does not say so")
	}
}

func TestAForgottenTraceIsAProblem(t *testing.T) {
	for _, id := range []string{"nonsense", traceID(9).String(), strings.Repeat("f", 1000), "<script>"} {
		w := get(t, ticketRing(), "?trace="+id, "text/html", "")
		if w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != faulthttp.ContentType || !strings.Contains(w.Body.String(), "traces.forgotten") {
			t.Errorf("%.20s: %d %s", id, w.Code, w.Body)
		}
	}
}
