package gateway

import (
	"sync"

	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
)

// hub hands the signals of services to the streams of this gateway. Safe for concurrent use.
type hub struct {
	mu    sync.RWMutex
	feeds map[string]map[*subscriber]struct{}
}

// subscriber is one stream. behind is set when it was too slow or signals were missed: it must read its feed again.
type subscriber struct {
	signals chan *news
	behind  chan struct{}
}

// buffered is how many signals a slow stream may lag before it must read its feed again.
const buffered = 8

func newHub() *hub { return &hub{feeds: map[string]map[*subscriber]struct{}{}} }

func (h *hub) join(feed string) *subscriber {
	s := &subscriber{signals: make(chan *news, buffered), behind: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.feeds[feed] == nil {
		h.feeds[feed] = map[*subscriber]struct{}{}
	}
	h.feeds[feed][s] = struct{}{}
	return s
}

func (h *hub) leave(feed string, s *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.feeds[feed], s)
	if len(h.feeds[feed]) == 0 {
		delete(h.feeds, feed)
	}
}

// take hands a signal to the streams of its feed; it never waits for one.
func (h *hub) take(signal *notifyv1.Signal) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	n := newsOf(signal)
	for s := range h.feeds[signal.GetFeed()] {
		select {
		case s.signals <- n:
		default:
			s.fallBehind()
		}
	}
}

// missed tells every stream that signals may have been lost.
func (h *hub) missed() {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, subscribers := range h.feeds {
		for s := range subscribers {
			s.fallBehind()
		}
	}
}

func (s *subscriber) fallBehind() {
	select {
	case s.behind <- struct{}{}:
	default:
	}
}
