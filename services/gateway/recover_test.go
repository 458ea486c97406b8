package gateway

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAPanicAtTheEdge is a problem before the answer has begun, and afterwards a connection that is cut; never half an
// answer that looks whole.
func TestAPanicAtTheEdge(t *testing.T) {
	var log bytes.Buffer
	handler := wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			_, _ = io.WriteString(w, "data: 1\n\n")
			_ = http.NewResponseController(w).Flush()
		}
		panic("a secret")
	}), recovered(slog.New(slog.NewTextHandler(&log, nil))))
	server := httptest.NewServer(handler)
	defer server.Close()

	early, err := server.Client().Get(server.URL + "/early")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(early.Body)
	early.Body.Close()
	if err != nil || early.StatusCode != http.StatusInternalServerError || strings.Contains(string(body), "secret") {
		t.Errorf("early: %d %s %v", early.StatusCode, body, err)
	}
	late, err := server.Client().Get(server.URL + "/late")
	if err != nil {
		t.Fatal(err)
	}
	body, err = io.ReadAll(late.Body)
	late.Body.Close()
	if err == nil || string(body) != "data: 1\n\n" {
		t.Errorf("late: %q, %v", body, err)
	}
	server.Close() // so that nobody writes any more
	if text := log.String(); strings.Count(text, "a secret") != 2 || !strings.Contains(text, "recover_test.go") {
		t.Errorf("the log is %s", text)
	}
}

func TestPathsBecomeTemplates(t *testing.T) {
	for path, want := range map[string]string{
		"/v1/tickets":                       "/v1/tickets",
		"/v1/tickets/0193-ab/events":        "/v1/tickets/{id}/events",
		"/v1/tickets/0193-ab:assign":        "/v1/tickets/{id}:assign",
		"/v1/districts/d1/events":           "/v1/districts/{id}/events",
		"/v1/me/notices":                    "/v1/me/notices",
		"/v1/tickets/0193-ab/story/":        "/v1/tickets/{id}/story/",
		"/v1/photos/7f":                     "/v1/photos/{id}",
		"/.well-known/jwks.json":            "/.well-known/jwks.json",
		"/v1/visits/01:finish":              "/v1/visits/{id}:finish",
		"/v1/communities/aaa-1/buildings/b": "/v1/communities/{id}/buildings/b",
	} {
		if got := template(path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}
