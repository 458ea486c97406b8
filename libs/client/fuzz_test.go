package client

import (
	"net/http"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/fault"
)

// Whatever a proxy answers instead of us is a fault of the kind that its status means.
func FuzzFaultOf(f *testing.F) {
	f.Add(409, "", []byte(`{"code":"tickets.closed","detail":"closed","errors":[{"field":"x","detail":"y"}]}`))
	f.Add(502, "5", []byte("<html>bad gateway"))
	f.Add(429, "Wed, 21 Oct 2015 07:28:00 GMT", []byte(`{"code":7}`))
	f.Add(-1, "-9", []byte{0xff})
	f.Fuzz(func(t *testing.T, status int, wait string, body []byte) {
		err := faultOf("op", &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {wait}}}, body)
		if got := fault.KindOf(err); got != kindOf(status) {
			t.Errorf("%d is a fault of kind %v", status, got)
		}
	})
}

// A server's clock is taken when it tells a time and a speed that can be.
func FuzzParseClock(f *testing.F) {
	f.Add([]byte(`{"now":"2025-03-24T00:00:00+08:00","speed":720}`))
	f.Add([]byte(`{"now":"0001-01-01T00:00:00Z","speed":1}`))
	f.Add([]byte(`{"now":"2025-03-24T00:00:00Z","speed":-1}`))
	f.Add([]byte(`{"speed":1e999}`))
	read := time.Unix(1_700_000_000, 0)
	f.Fuzz(func(t *testing.T, body []byte) {
		if c, err := parseClock(body, read); err == nil && !(c.Speed() > 0) {
			t.Errorf("%q runs at %v", body, c.Speed())
		}
	})
}
