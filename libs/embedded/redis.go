package embedded

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// Redis is a running server in memory: what it holds may be lost at any time, as everywhere.
type Redis struct {
	server *miniredis.Miniredis
	addr   string
	stop   context.CancelFunc
	ticked sync.WaitGroup
}

// tick is how exact expiry is: miniredis does not let keys expire by itself.
const tick = 100 * time.Millisecond

// StartRedis listens on a free port of the loopback. The server runs until Close; ctx is only for the start.
func StartRedis(ctx context.Context) (*Redis, error) {
	r := &Redis{server: miniredis.NewMiniRedis()}
	if err := r.server.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start redis: %w", err)
	}
	r.addr = r.server.Addr()
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.ticked.Go(func() { r.passTime(ctx) })
	return r, nil
}

// Addr is host:port for clients.
func (r *Redis) Addr() string { return r.addr }

// Close stops listening and forgets everything.
func (r *Redis) Close() error {
	r.stop()
	r.ticked.Wait()
	r.server.Close()
	return nil
}

func (r *Redis) passTime(ctx context.Context) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			r.server.FastForward(now.Sub(last))
			last = now
		}
	}
}
