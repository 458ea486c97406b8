package discover

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	sdconsul "github.com/go-kit/kit/sd/consul"
	consul "github.com/hashicorp/consul/api"
)

const (
	// blocking is how long Consul may think about a question before it answers that nothing has changed.
	blocking = 5 * time.Minute
	// asking bounds a question that Consul answers at once.
	asking = time.Second
	// herd spreads the questions of all processes after a change that all of them heard of.
	herd = 100 * time.Millisecond
	// shortestPause doubles with every failure in a row up to longestPause.
	shortestPause = 100 * time.Millisecond
	longestPause  = 3 * time.Second
)

// newConsul is the one place where a client of Consul is configured.
func newConsul(address string) (*consul.Client, error) {
	cfg := consul.DefaultConfig()
	cfg.Address = address
	return consul.NewClient(cfg)
}

// watcher is what go-kit's instancer asks for the instances of one service. It sees to what the instancer does not: an end,
// pauses of seconds and not of minutes, and a start anew after an outage, for a Consul that lost its data counts from zero.
type watcher struct {
	sdconsul.Client // Register and Deregister, which an instancer does not call

	ctx    context.Context //nolint:containedctx // go-kit's interface has none
	consul *consul.Client
	log    *slog.Logger
	asked  atomic.Bool
}

// Service answers who serves. Only the first question may fail, because go-kit waits for it.
func (w *watcher) Service(service, tag string, passing bool, options *consul.QueryOptions) ([]*consul.ServiceEntry, *consul.QueryMeta, error) {
	if !w.asked.Swap(true) {
		return w.ask(service, tag, passing, 0, asking)
	}
	index := options.WaitIndex
	nap(w.ctx, rand.N(herd))
	for failures := 0; ; {
		entries, meta, err := w.ask(service, tag, passing, index, blocking+blocking/8)
		if err == nil {
			if failures > 0 {
				w.log.Info("consul answers again", "of", service)
			}
			return entries, meta, nil
		}
		if failures++; failures == 1 && w.ctx.Err() == nil {
			w.log.Warn("consul does not answer; the last known instances stay", "of", service, "error", err)
		}
		if !nap(w.ctx, backOff(failures)) {
			return nil, nil, w.ctx.Err()
		}
		index = 0
	}
}

func (w *watcher) ask(service, tag string, passing bool, index uint64, limit time.Duration) ([]*consul.ServiceEntry, *consul.QueryMeta, error) {
	ctx, cancel := context.WithTimeout(w.ctx, limit)
	defer cancel()
	options := &consul.QueryOptions{WaitIndex: index, WaitTime: blocking}
	entries, meta, err := w.consul.Health().Service(service, tag, passing, options.WithContext(ctx))
	if err != nil {
		return nil, nil, fmt.Errorf("ask consul for %s: %w", service, err)
	}
	return entries, meta, nil
}

func backOff(failures int) time.Duration {
	longest := min(shortestPause<<min(failures-1, 10), longestPause)
	return longest/2 + rand.N(longest/2)
}

// nap waits, and says whether it is not the end of ctx.
func nap(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// kitLog makes go-kit's log lines ours. They are for debugging: the watcher tells what matters.
type kitLog struct{ log *slog.Logger }

// Log takes go-kit's alternating keys and values.
func (l kitLog) Log(keyvals ...any) error {
	l.log.Debug("go-kit", "line", fmt.Sprint(keyvals...))
	return nil
}
