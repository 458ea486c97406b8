package harness

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// probing is how often a balancer asks a gateway whether it is ready; a gateway that drains waits for several of these.
	probing = 100 * time.Millisecond
	// probePatience is what it waits for the answer.
	probePatience = time.Second
)

// Over has everybody who signs in from now on call all gateways in turn, a call's next attempt another one, over a balancer
// as every company has one: it leaves out who does not say that it is ready. note hears what came of each attempt.
func (p *Platform) Over(note func(*http.Response, error)) {
	p.t.Helper()
	b := &balancer{turn: &atomic.Uint64{}, note: note}
	for _, host := range p.gateways() {
		g := &gateway{host: host}
		b.gateways = append(b.gateways, g)
		go g.probe(p.t.Context())
	}
	p.over = func(next http.RoundTripper) http.RoundTripper {
		own := *b
		own.next = next
		return &own
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

// gateway is one of those that a balancer deals calls to.
type gateway struct {
	host  string
	unfit atomic.Bool
}

// probe asks the gateway again and again whether it is ready, each time over a new connection.
func (g *gateway) probe(ctx context.Context) {
	asker := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: probePatience}
	ticker := time.NewTicker(probing)
	defer ticker.Stop()
	for ctx.Err() == nil {
		g.unfit.Store(!g.ready(ctx, asker))
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

func (g *gateway) ready(ctx context.Context, asker *http.Client) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+g.host+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := asker.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// balancer sends each attempt to the next gateway that is ready; when none is, to the next.
type balancer struct {
	next     http.RoundTripper
	gateways []*gateway
	turn     *atomic.Uint64 // of all callers together
	note     func(*http.Response, error)
}

// RoundTrip is that of http.RoundTripper.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host, r.Host = b.choose(), ""
	response, err := b.next.RoundTrip(r)
	if r.Context().Err() == nil { // else the caller gave up, not the platform
		b.note(response, err)
	}
	return response, err
}

func (b *balancer) choose() string {
	turn := b.turn.Add(1)
	for i := range uint64(len(b.gateways)) {
		if g := b.gateways[(turn+i)%uint64(len(b.gateways))]; !g.unfit.Load() {
			return g.host
		}
	}
	return b.gateways[turn%uint64(len(b.gateways))].host
}
