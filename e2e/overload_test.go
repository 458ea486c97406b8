package e2e_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/linlihub/linli/libs/client"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// fewAtOnce makes the gateway the narrow place, on two cores that the caller needs, too: each lets one read of a flood in.
var fewAtOnce = []string{"--in-flight", "8"}

// overload asks one gateway for ten times what it does at best, open loop: it goes on doing four fifths of that, sends the
// rest away with the time to come again, and refuses no emergency. Soon after it is as before.
func overload(l *load, _ *rand.Rand) {
	pause(5 * time.Second) // more tickets than a page holds
	f := &flood{load: l, token: l.Token("m1"), http: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 1000}, Timeout: 20 * time.Second,
	}}
	sustained, callers := f.sustained()
	length := l.either(10*time.Second, time.Minute)
	during, emergencies := f.surge(10*int(sustained), length)
	goodput := float64(during.done) / length.Seconds()
	l.T().Logf("sustained %.0f/s with %d callers; at ten times that %.0f/s for %v, which is %.0f %%; %d sent away; %d emergencies accepted",
		sustained, callers, goodput, length, 100*goodput/sustained, during.later, emergencies)
	if goodput < .8*sustained {
		l.T().Errorf("goodput is %.0f/s, want at least %.0f/s", goodput, .8*sustained)
	}
	if during.later == 0 || emergencies == 0 {
		l.T().Error("it was no overload, or nobody was in need")
	}
	for answer, n := range during.other {
		l.T().Errorf("answered %s: %d", answer, n)
	}
	f.calmDown()
	l.comeBack()
}

// flood is many requests for a page of tickets, all of one gateway.
type flood struct {
	*load
	token string
	http  *http.Client
}

// answers is what became of some requests.
type answers struct {
	mu          sync.Mutex
	done, later int            // served, and sent away with the time to come again
	other       map[string]int // by what it was
}

func (a *answers) note(what string, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case status == http.StatusOK:
		a.done++
	case what == "later":
		a.later++
	default:
		if a.other == nil {
			a.other = map[string]int{}
		}
		a.other[what]++
	}
}

// ask sends one request and notes what became of it.
func (f *flood) ask(ctx context.Context, a *answers) (served bool) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL+"/v1/tickets?page_size=20", nil)
	if err != nil {
		a.note(err.Error(), 0)
		return false
	}
	request.Header.Set("Authorization", "Bearer "+f.token)
	response, err := f.http.Do(request)
	if err != nil {
		a.note(err.Error(), 0)
		return false
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		a.note(err.Error(), 0)
		return false
	}
	what := response.Status
	if s := response.StatusCode; (s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable) && response.Header.Get("Retry-After") != "" {
		what = "later"
	}
	a.note(what, response.StatusCode)
	return response.StatusCode == http.StatusOK
}

// sustained is the best rate of so many callers who each ask again when they are answered.
func (f *flood) sustained() (best float64, callers int) {
	const look = 4 * time.Second
	for _, n := range []int{1, 2, 4} {
		ctx, cancel := context.WithTimeout(f.Context(), look)
		var a answers
		var asking sync.WaitGroup
		for range n {
			asking.Go(func() {
				for ctx.Err() == nil {
					if !f.ask(context.WithoutCancel(ctx), &a) {
						pause(20 * time.Millisecond)
					}
				}
			})
		}
		asking.Wait()
		cancel()
		if rate := float64(a.done) / look.Seconds(); rate > best {
			best, callers = rate, n
		}
	}
	return best, callers
}

// surge asks at a rate, however the answers come, while people in need open tickets who would not try twice.
func (f *flood) surge(rate int, length time.Duration) (*answers, int) {
	ctx, cancel := context.WithTimeout(f.T().Context(), length)
	defer cancel()
	var a answers
	var help sync.WaitGroup
	var emergencies int
	help.Go(func() {
		err := openLoop(ctx, 1, func(ctx context.Context, n int, due time.Time) error { return f.cryForHelp(ctx, n, due) })
		if err != nil {
			f.T().Errorf("an emergency was refused: %v", err)
		}
	})
	_ = openLoop(ctx, rate, func(ctx context.Context, _ int, _ time.Time) error { // ask notes what fails
		f.ask(ctx, &a)
		return nil
	})
	help.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	for key := range f.accepted {
		if _, err := fmt.Sscanf(key, "%d/help", new(int)); err == nil {
			emergencies++
		}
	}
	return &a, emergencies
}

// cryForHelp opens an emergency, once.
func (f *flood) cryForHelp(ctx context.Context, n int, due time.Time) error {
	person := strconv.Itoa(1 + n%f.residents())
	key := person + "/help"
	t, err := harness.Tickets(f.Resident("p"+person).With(client.Patience(0))).Open(ctx, &ticketsv1.OpenRequest{
		HomeId: "h" + person, Category: "other", Words: "有人被困", Source: "app", Emergency: true,
	}, client.Key(key))
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return f.answered(key, t.GetId(), "", due)
}

// calmDown waits until a caller is served twenty times in a row, and tells how long that took.
func (f *flood) calmDown() {
	since := time.Now()
	f.Eventually("it is as before", func() error {
		var a answers
		for range 20 {
			if !f.ask(f.Context(), &a) {
				return errNotYet
			}
		}
		return nil
	})
	f.T().Logf("as before %v after the rush", time.Since(since).Round(time.Millisecond))
}
