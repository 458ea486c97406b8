package gateway_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/linlihub/linli/libs/fault/faulthttp"
)

// answer is what a caller sees.
type answer struct {
	status int
	header http.Header
	body   string
}

func (w *world) send(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token(t, resident))
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

func TestAnAnswerIsDressed(t *testing.T) {
	w := start(t)
	got := w.send(t, http.MethodGet, "/v1/tickets/own-a1", "")
	if got.status != http.StatusOK || got.header.Get("ETag") != `"v3"` || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a ticket: %d %v", got.status, got.header)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Content-Type": "application/json",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q", name, got.header.Get(name))
		}
	}
	if len(got.header.Get("Trace-Id")) != 32 || !strings.Contains(got.body, `"photo_ids":[]`) {
		t.Errorf("trace %q, body %s", got.header.Get("Trace-Id"), got.body)
	}
	got = w.send(t, http.MethodPost, "/v1/tickets", `{"home_id":"h","words":"漏水"}`)
	if got.status != http.StatusCreated || got.header.Get("Location") != "/v1/tickets/new" || !strings.Contains(got.body, "漏水") {
		t.Errorf("an opening: %d %v %s", got.status, got.header, got.body)
	}
	stranger := "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	if got := w.send(t, http.MethodGet, "/v1/tickets/own-a1", "", "traceparent", stranger); strings.Contains(stranger, got.header.Get("Trace-Id")) {
		t.Error("a stranger chooses our trace id")
	}
}

// TestEveryRefusalIsAProblem: with a stable code, in the language that was asked for, never a 5xx for a caller's mistake.
func TestEveryRefusalIsAProblem(t *testing.T) {
	w := start(t)
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		code               string
	}{
		"broken JSON":       {"POST", "/v1/tickets", `{"home_id":`, nil, 400, "gateway.json"},
		"no JSON":           {"POST", "/v1/tickets", `漏水`, nil, 400, "gateway.json"},
		"wrong type":        {"POST", "/v1/tickets", `{"home_id":7}`, nil, 400, "gateway.json"},
		"a rule is broken":  {"POST", "/v1/tickets", `{}`, nil, 400, "invalid"},
		"too large":         {"POST", "/v1/tickets", `{"words":"` + strings.Repeat("x", 2<<20) + `"}`, nil, 413, "gateway.body_too_large"},
		"no such route":     {"GET", "/v1/nothing", "", nil, 404, "gateway.no_route"},
		"no such method":    {"DELETE", "/v1/tickets", "", nil, 405, "gateway.method"},
		"unknown ticket":    {"GET", "/v1/tickets/x", "", nil, 404, "not_found"},
		"a service refuses": {"POST", "/v1/tickets/x:cancel", "{}", nil, 409, "gatewaytest.closed"},
		"a bad key":         {"POST", "/v1/tickets", `{"home_id":"h"}`, []string{"Idempotency-Key", "a b"}, 400, "idempotency.malformed"},
		"a key in Chinese":  {"POST", "/v1/tickets", `{"home_id":"h"}`, []string{"Idempotency-Key", "键"}, 400, "idempotency.malformed"},
		"a tag in Chinese":  {"POST", "/v1/tickets/x:resume", `{}`, []string{"If-Match", `"三"`}, 400, "etag.malformed"},
		"not allowed":       {"POST", "/v1/tickets/x:resume", `{}`, nil, 403, "denied"},
		"a bad token":       {"GET", "/v1/tickets/x", "", []string{"Authorization", "Bearer x"}, 401, "authz.token_invalid"},
		"a panic":           {"GET", "/v1/tickets/bad", "", nil, 500, "internal"},
	} {
		for _, lang := range []string{"zh-CN", "en"} {
			got := w.send(t, c.method, c.path, c.body, append(c.headers, "Accept-Language", lang)...)
			var p faulthttp.Problem
			if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.header.Get("Content-Type") != faulthttp.ContentType {
				t.Errorf("%s: %d %s %s", name, got.status, got.header.Get("Content-Type"), got.body)
				continue
			}
			if got.status != c.status || p.Status != c.status || p.Code != c.code || got.header.Get("Content-Language") != lang || p.Detail == "" {
				t.Errorf("%s in %s: %d %s", name, lang, got.status, got.body)
			}
			if strings.Contains(got.body, "a detail") || strings.Contains(got.body, ".go:") {
				t.Errorf("%s: a detail leaves: %s", name, got.body)
			}
		}
	}
}

// A method that a path does not take is refused with those it takes, whether grpc-gateway serves the path or we do.
func TestAllowNamesTheMethods(t *testing.T) {
	w := start(t)
	for path, allow := range map[string]string{
		"/v1/tickets": "GET, POST", "/v1/tickets/x": "GET", "/v1/tickets/x/story": "GET", "/v1/tickets:similar": "GET", "/v1/otps": "POST",
		"/v1/photos": "POST", "/v1/photos/x": "GET", "/v1/clock": "GET", "/v1/tickets/x/events": "GET", "/.well-known/jwks.json": "GET",
		"/openapi.json": "GET", "/v1/homes/h/occupants": "GET, POST", "/v1/tickets/x:pause": "POST", "/v1/tickets/x:y": "GET", "/readyz": "GET",
	} {
		for _, method := range []string{http.MethodDelete, http.MethodPut, http.MethodOptions, "QUERY"} {
			if got := w.send(t, method, path, ""); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != allow {
				t.Errorf("%s %s: %d, Allow %q, want %q", method, path, got.status, got.header.Get("Allow"), allow)
			}
		}
	}
	if got := w.send(t, http.MethodHead, "/openapi.json", ""); got.status != http.StatusOK {
		t.Errorf("HEAD: %d", got.status)
	}
	if got := w.send(t, http.MethodHead, "/v1/tickets/own-a1", ""); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "GET" {
		t.Errorf("HEAD of an operation: %d, Allow %q", got.status, got.header.Get("Allow"))
	}
	if got := w.send(t, http.MethodDelete, "/v1/nothing", ""); got.status != http.StatusNotFound || got.header.Get("Allow") != "" {
		t.Errorf("no path: %d, Allow %q", got.status, got.header.Get("Allow"))
	}
}

func TestWhatTheEdgeServesItself(t *testing.T) {
	w := start(t)
	for path, want := range map[string]string{
		"/v1/clock": `"speed":1`, "/openapi.json": `"openapi":"3.1`, "/.well-known/jwks.json": `"kty":"OKP"`, "/resident/": "<html", "/readyz": "ready",
	} {
		got := w.send(t, http.MethodGet, path, "")
		if got.status != http.StatusOK || !strings.Contains(strings.ReplaceAll(got.body, `": `, `":`), want) {
			t.Errorf("%s: %d %.200s", path, got.status, got.body)
		}
	}
	if strings.Contains(w.send(t, http.MethodGet, "/.well-known/jwks.json", "").body, `"d":`) {
		t.Error("the private key is published")
	}
}
