package gateway_test

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/linlihub/linli/libs/authz"
)

// call asks for the clock, which costs nothing but the limit, and answers the status and the headers.
func (w *world) call(t testing.TB, token string) (int, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/v1/clock", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return 0, nil
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Error(err)
	}
	return resp.StatusCode, resp.Header
}

func number(t testing.TB, h http.Header, name string) int {
	t.Helper()
	n, err := strconv.Atoi(h.Get(name))
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return n
}

// exhaust calls until it is refused, which must happen soon.
func (w *world) exhaust(t testing.TB, token string, burst int) http.Header {
	t.Helper()
	for range 20 * burst {
		if status, h := w.call(t, token); status == http.StatusTooManyRequests {
			return h
		}
	}
	t.Fatal("never refused")
	return nil
}

// narrow is a limit of one a second after a burst, for those with a token and those without.
func narrow(burst int) []string {
	n := strconv.Itoa(burst)
	return []string{"--gateway.rate", "1", "--gateway.burst", n, "--gateway.anonymous-rate", "1", "--gateway.anonymous-burst", n}
}

func TestALimitIsToldBeforeItIsMet(t *testing.T) {
	const burst = 5
	w := start(t, narrow(burst)...)
	token := w.token(t, resident)
	status, h := w.call(t, token)
	if status != http.StatusOK || number(t, h, "RateLimit-Limit") != burst || number(t, h, "RateLimit-Remaining") != burst-1 || number(t, h, "RateLimit-Reset") < 1 {
		t.Errorf("the first call: %d, %v", status, h)
	}
	h = w.exhaust(t, token, burst)
	if number(t, h, "Retry-After") < 1 || number(t, h, "RateLimit-Remaining") != 0 || number(t, h, "RateLimit-Reset") < 1 {
		t.Errorf("a refusal says %v", h)
	}
	if h.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a refusal is %s", h.Get("Content-Type"))
	}
	if status, _ := w.call(t, w.token(t, neighbour)); status != http.StatusOK {
		t.Errorf("a neighbour is refused, too: %d", status)
	}
	if status, _ := w.call(t, ""); status != http.StatusOK {
		t.Errorf("and so is who has no token: %d", status)
	}
}

// TestAMadeUpTokenBuysNothing: it counts for its address, however often it changes.
func TestAMadeUpTokenBuysNothing(t *testing.T) {
	const burst = 5
	w := start(t, narrow(burst)...)
	w.exhaust(t, "", burst)
	refused := 0
	for i := range 4 * burst {
		if status, _ := w.call(t, "made.up."+strconv.Itoa(i)); status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("every new token brings a new allowance")
	}
	if status, _ := w.call(t, w.token(t, resident)); status != http.StatusOK {
		t.Errorf("who signed in is limited by the strangers of the house: %d", status)
	}
}

// TestTheLimitHoldsWhenRedisGoesAway: the bucket of the process is warm, so nobody gets a fresh burst from an outage.
func TestTheLimitHoldsWhenRedisGoesAway(t *testing.T) {
	const burst = 200
	w := start(t, narrow(burst)...)
	token := w.token(t, resident)
	w.exhaust(t, token, burst)
	w.redis.Close()
	passed := 0
	for range burst {
		if status, _ := w.call(t, token); status == http.StatusOK {
			passed++
		}
	}
	if passed > burst/2 { // one a second comes back by right
		t.Errorf("%d of %d calls passed after the limit was met", passed, burst)
	}
	if err := w.redis.Restart(); err != nil {
		t.Fatal(err)
	}
	if status, _ := w.call(t, w.token(t, authz.Principal{Account: "new"})); status != http.StatusOK {
		t.Errorf("somebody new is refused: %d", status)
	}
}

// silent is a Redis that takes connections and then says nothing, which is worse than a dead one.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go func() { _, _ = io.Copy(io.Discard, conn) }()
		}
	}()
	return l.Addr().String()
}

// TestASilentRedisStopsNeitherCallsNorLimits: everybody is answered, the first as of right, and the limit still limits.
func TestASilentRedisStopsNeitherCallsNorLimits(t *testing.T) {
	const burst = 20
	w := start(t, append(narrow(burst), "--redis", silent(t))...)
	var passed, refused atomic.Int64
	var callers sync.WaitGroup
	token := w.token(t, resident)
	for range 10 {
		callers.Go(func() {
			for range 10 * burst {
				switch status, h := w.call(t, token); status {
				case http.StatusOK:
					passed.Add(1)
				case http.StatusTooManyRequests:
					if refused.Add(1); number(t, h, "Retry-After") < 1 {
						t.Error("a refusal does not say when to come back")
					}
				default:
					t.Errorf("status %d", status)
				}
			}
		})
	}
	callers.Wait()
	if passed.Load() < burst || refused.Load() == 0 || passed.Load() > 10*10*burst/2 {
		t.Errorf("%d calls passed and %d were refused", passed.Load(), refused.Load())
	}
	if status, h := w.call(t, w.token(t, neighbour)); status != http.StatusOK || number(t, h, "RateLimit-Remaining") != burst-1 {
		t.Errorf("a neighbour: %d, %v", status, h)
	}
}
