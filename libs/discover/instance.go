package discover

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

const (
	// strikes is how many failures in a row eject an instance.
	strikes = 5
	// shortestEjection doubles each time the instance fails again, up to longestEjection.
	shortestEjection = time.Second
	longestEjection  = 30 * time.Second
	// lingering is how long the calls of an instance that left may take to finish.
	lingering = 30 * time.Second
)

// Ranks of instances: a call goes to one of the highest.
const (
	failing    = iota // ejected, or cannot be connected to
	connecting        // a call waits for the connection
	connected
)

// call is one rpc on its way through go-kit's endpoints.
type call struct {
	method     string
	req, reply any
	opts       []grpc.CallOption
}

// wasSent is the answer of an endpoint when the call has left this process, whatever became of it.
const wasSent = "sent"

// instance is one process that serves, and one connection to it.
type instance struct {
	conn      *grpc.ClientConn
	log       *slog.Logger
	ejections prometheus.Counter

	mu       sync.Mutex
	failures int // in a row
	ejected  int // times in a row
	until    time.Time
}

// call sends one rpc. An rpc that found no stream to travel on has no peer, and was not sent.
func (i *instance) call(ctx context.Context, request any) (any, error) {
	c := request.(*call)
	var to peer.Peer
	err := i.conn.Invoke(ctx, c.method, c.req, c.reply, append(c.opts[:len(c.opts):len(c.opts)], grpc.Peer(&to))...)
	if unsent := to.Addr == nil && status.Code(err) == codes.Unavailable; unsent {
		return nil, err
	}
	i.learn(err)
	return wasSent, err
}

// learn counts failures that are the instance's own: it is away, or does not answer.
func (i *instance) learn(err error) {
	switch status.Code(err) {
	case codes.Canceled: // the caller left, which says nothing
	case codes.Unavailable, codes.DeadlineExceeded:
		i.strike(time.Now(), err)
	default:
		i.mu.Lock()
		defer i.mu.Unlock()
		i.failures, i.ejected = 0, 0
	}
}

// strike counts a failure; after some in a row others have the calls for a while.
func (i *instance) strike(now time.Time, cause error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.failures++; i.failures < strikes || now.Before(i.until) {
		return
	}
	pause := min(shortestEjection<<min(i.ejected, 10), longestEjection)
	i.failures, i.until = 0, now.Add(pause)
	i.ejected++
	i.ejections.Inc()
	i.log.Warn("instance is left alone for a while", "pause", pause, "error", cause)
}

// rank says how good it is to call the instance now, and has a connection made that was given up.
func (i *instance) rank(now time.Time) int {
	state := i.conn.GetState()
	if state == connectivity.Idle {
		i.conn.Connect()
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case now.Before(i.until), state == connectivity.TransientFailure:
		return failing
	case state == connectivity.Ready:
		return connected
	}
	return connecting
}

// close lets the calls finish that are on their way.
func (i *instance) close() {
	time.AfterFunc(lingering, func() { _ = i.conn.Close() }) // says only that it is closed already
}
