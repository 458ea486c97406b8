package bus

import (
	"context"
	"sort"
	"sync"
)

// tracker knows which messages of a partition are finished, and so how far the group may say it has come: to the first
// that is not finished, whatever lies behind it. Offsets are added in rising order; gaps are normal, for old records go.
type tracker struct {
	window, span int // how many unfinished messages, and how far apart, before wait blocks

	mu      sync.Mutex
	entries []entry // from the first unfinished one on
	open    int     // unfinished entries
	next    int64   // the offset to commit; -1 before anything was finished
	room    chan struct{}
}

type entry struct {
	offset   int64
	finished bool
}

func newTracker(window int) *tracker {
	return &tracker{window: window, span: 32 * window, next: -1, room: make(chan struct{}, 1)}
}

// wait blocks while too many messages are unfinished. One goroutine may wait.
func (t *tracker) wait(ctx context.Context) error {
	for !t.hasRoom() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.room:
		}
	}
	return ctx.Err()
}

func (t *tracker) hasRoom() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open < t.window && len(t.entries) < t.span
}

// add says that a message is in hand.
func (t *tracker) add(offset int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = append(t.entries, entry{offset: offset})
	t.open++
}

// finish says that a message needs no more work.
func (t *tracker) finish(offset int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := sort.Search(len(t.entries), func(i int) bool { return t.entries[i].offset >= offset })
	if i == len(t.entries) || t.entries[i].offset != offset || t.entries[i].finished {
		return
	}
	t.entries[i].finished = true
	t.open--
	done := 0
	for done < len(t.entries) && t.entries[done].finished {
		t.next = t.entries[done].offset + 1
		done++
	}
	t.entries = t.entries[done:]
	select {
	case t.room <- struct{}{}:
	default:
	}
}

// reached is the offset that may be committed, and false before the first message was finished.
func (t *tracker) reached() (int64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next, t.next >= 0
}
