package bus

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	clientID   = "linli"
	askTimeout = 5 * time.Second // for a question to the broker that waits for nothing
)

// newClient is for questions to the broker. It remembers the broker's topics for some seconds: never ask it what exists.
func newClient(cfg Config) (*kafka.Client, func()) {
	transport := newTransport(cfg)
	return &kafka.Client{Addr: kafka.TCP(cfg.Brokers...), Timeout: askTimeout, Transport: transport}, transport.CloseIdleConnections
}

func newTransport(cfg Config) *kafka.Transport {
	return &kafka.Transport{
		Dial: cfg.Dial, SASL: cfg.Login,
		ClientID: clientID, DialTimeout: 3 * time.Second, IdleTimeout: time.Minute,
		// What was learnt of the cluster, that no broker is there included, is believed for so long at most; 6 s by default.
		MetadataTTL: 2 * time.Second,
	}
}

func dialAny(ctx context.Context, l *lines, cfg Config) (*kafka.Conn, error) {
	var failed error
	for _, broker := range cfg.Brokers {
		conn, err := l.dialer(cfg).DialContext(ctx, "tcp", broker)
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// lines are the open connections of one reader. A reader waits for the answer of its long poll before it closes; hanging
// up makes that immediate.
type lines struct {
	mu     sync.Mutex
	open   map[*line]struct{}
	closed bool

	ended atomic.Bool // we are about to hang up, or have
}

type line struct {
	net.Conn
	of *lines
}

func (l *line) Close() error {
	l.of.mu.Lock()
	delete(l.of.open, l)
	l.of.mu.Unlock()
	return l.Conn.Close()
}

func (l *lines) dialer(cfg Config) *kafka.Dialer {
	return &kafka.Dialer{
		ClientID: clientID, Timeout: 3 * time.Second, DualStack: true, SASLMechanism: cfg.Login,
		DialFunc: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := cfg.Dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return l.track(conn)
		},
	}
}

func (l *lines) track(conn net.Conn) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	if l.open == nil {
		l.open = map[*line]struct{}{}
	}
	tracked := &line{conn, l}
	l.open[tracked] = struct{}{}
	return tracked, nil
}

// leave says that these connections end because we want it.
func (l *lines) leave() { l.ended.Store(true) }

func (l *lines) leaving() bool { return l.ended.Load() }

// hangUp ends every connection and refuses new ones.
func (l *lines) hangUp() {
	l.leave()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for open := range l.open {
		_ = open.Conn.Close()
	}
	l.open = nil
}
