package e2e_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/linlihub/linli/e2e/harness"
)

const (
	readers    = 50
	reconnects = 200
	// spare is what may be left over in goroutines and in bytes: a leak of one per reconnect is 10,000 of them.
	spareGoroutines = 200
	spareBytes      = 32 << 20
)

// Ten thousand reconnects of readers in a bad network, each from where it stopped, leave nothing behind in the server and
// miss nothing.
func TestTenThousandReconnects(t *testing.T) {
	p := harness.Start(t)
	ticket := p.Open("p1", "plumbing").GetId()
	p.OnDuty("t1")
	p.Offer(ticket)
	token, path := p.Token("p1"), "/v1/tickets/"+ticket+"/events"
	p.Hear(p.Listen(p.Resident("p1"), path, ""), "TicketAssigned")
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if err := reconnect(t.Context(), c, p.URL+path, token, 0); err != nil { // whatever is made once is made now
		t.Fatal(err)
	}
	goroutines, bytes := footprint()
	all, ctx := errgroup.WithContext(t.Context())
	for range readers {
		all.Go(func() error {
			for i := range reconnects {
				if err := reconnect(ctx, c, p.URL+path, token, i%2); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	p.Eventually("the server has forgotten its readers", func() error {
		g, b := footprint()
		if g > goroutines+spareGoroutines || b > bytes+spareBytes {
			return fmt.Errorf("%d goroutines and %d KiB, %d and %d before", g, b>>10, goroutines, bytes>>10)
		}
		return nil
	})
}

// reconnect is glance, again and again while the platform says that there is too much to do, as a client has to.
func reconnect(ctx context.Context, c *http.Client, url, token string, after int) error {
	const enough = 30
	for range enough {
		if err := glance(ctx, c, url, token, after); !errors.Is(err, errNotYet) {
			return err
		}
		pause(time.Second)
	}
	return fmt.Errorf("refused %d times", enough)
}

// glance opens the stream after an entry, reads the next one and hangs up. Error: errNotYet.
func glance(ctx context.Context, c *http.Client, url, token string, after int) error {
	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Last-Event-ID", fmt.Sprint(after))
	response, err := c.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusTooManyRequests && response.Header.Get("Retry-After") != "" {
		return errNotYet
	}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			if id != fmt.Sprint(after+1) {
				return fmt.Errorf("after entry %d comes %s", after, id)
			}
			return nil
		}
	}
	return fmt.Errorf("%s, and no entry after %d", response.Status, after)
}

// footprint is what this process, the server in it, holds: goroutines and bytes in use.
func footprint() (goroutines int, bytes uint64) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return runtime.NumGoroutine(), m.HeapAlloc
}
