package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"google.golang.org/grpc"

	"github.com/linlihub/linli/libs/fault"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// Where a stream goes on is a number, or the caller's mistake; the header counts before the query.
func FuzzLastEventID(f *testing.F) {
	f.Add("17", "")
	f.Add("", "last_event_id=3&access_token=x")
	f.Add("-1", "last_event_id=2")
	f.Add("9223372036854775808", "%zz")
	f.Add("１", "last_event_id=+4")
	f.Fuzz(func(t *testing.T, header, query string) {
		r := &http.Request{Header: http.Header{"Last-Event-Id": {header}}, URL: &url.URL{RawQuery: query}}
		last, given, err := lastEventID(r)
		switch {
		case err != nil && !errors.Is(err, errLastEventID):
			t.Errorf("%q, %q: %v", header, query, err)
		case last < 0, !given && last != 0, err != nil && given:
			t.Errorf("%q, %q: %d, %v, %v", header, query, last, given, err)
		}
	})
}

// A path becomes a span's name without its ids, and stays one path.
func FuzzTemplate(f *testing.F) {
	f.Add("/v1/tickets/01a21489-402b-7ece-b676-658433c7a715:rate")
	f.Add("/v1/tickets:similar")
	f.Add("//:")
	f.Fuzz(func(t *testing.T, path string) {
		if got := template(path); strings.Count(got, "/") != strings.Count(path, "/") {
			t.Errorf("%q is named %q", path, got)
		}
	})
}

// A body that the mux cannot read is the caller's mistake and never ours.
func FuzzBody(f *testing.F) {
	for _, body := range []string{`{"id":"x","stars":5}`, `{"stars":"five"}`, `{`, "\xff", `[[[[`, `{"stars":1e400}`, `null`} {
		f.Add(body)
	}
	api := newAPI()
	if err := ticketsv1.RegisterTicketsHandlerClient(f.Context(), api, ticketsv1.NewTicketsClient(nobody{})); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := httptest.NewRecorder()
		bounded(api).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/tickets/x:rate", strings.NewReader(body)))
		if w.Code == http.StatusInternalServerError {
			t.Errorf("%q is answered %d %s", body, w.Code, w.Body)
		}
	})
}

// nobody is a connection to a service that knows nothing.
type nobody struct{ grpc.ClientConnInterface }

// Invoke answers that there is no such thing.
func (nobody) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	return fault.NotFound
}
