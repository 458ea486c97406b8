package harness

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// Over has everybody who signs in from now on call all gateways in turn, a call's next attempt another one. note hears what
// came of each attempt.
func (p *Platform) Over(note func(*http.Response, error)) {
	p.t.Helper()
	hosts := p.gateways()
	p.over = func(next http.RoundTripper) http.RoundTripper {
		return &gateways{next: next, hosts: hosts, note: note}
	}
}

// gateways are where the platform answers: one, unless it is split.
func (p *Platform) gateways() (hosts []string) {
	p.t.Helper()
	s, ok := p.running.(*split)
	if !ok {
		base, err := url.Parse(p.URL)
		if err != nil {
			p.t.Fatal(err)
		}
		return []string{base.Host}
	}
	for line := range strings.Lines(p.split("names", s.dir)) {
		if words := strings.Fields(line); strings.HasPrefix(line, "gateway-") && len(words) > 1 {
			hosts = append(hosts, words[1])
		}
	}
	return hosts
}

// gateways sends each attempt to the next one.
type gateways struct {
	next  http.RoundTripper
	hosts []string
	turn  atomic.Uint64
	note  func(*http.Response, error)
}

// RoundTrip is that of http.RoundTripper.
func (g *gateways) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host, r.Host = g.hosts[g.turn.Add(1)%uint64(len(g.hosts))], ""
	response, err := g.next.RoundTrip(r)
	if r.Context().Err() == nil { // else the caller gave up, not the platform
		g.note(response, err)
	}
	return response, err
}
