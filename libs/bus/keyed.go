package bus

import (
	"context"
	"sync"
)

// keyed runs tasks of one key one after the other, in the order they came, and tasks of different keys side by side: a
// goroutine for each key that has work. How many of them really work at a time is the tasks' own affair.
type keyed struct {
	mu      sync.Mutex
	waiting map[string][]func() // a key is in here while its goroutine lives
	stopped bool
	running sync.WaitGroup
}

func newKeyed() *keyed { return &keyed{waiting: map[string][]func(){}} }

// do takes a task, and reports false when it takes no more.
func (k *keyed) do(key string, task func()) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return false
	}
	queue, alive := k.waiting[key]
	k.waiting[key] = append(queue, task)
	if !alive {
		k.running.Go(func() { k.work(key) })
	}
	return true
}

func (k *keyed) work(key string) {
	for {
		task, more := k.take(key)
		if !more {
			return
		}
		task()
	}
}

func (k *keyed) take(key string) (func(), bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	queue := k.waiting[key]
	if len(queue) == 0 || k.stopped {
		delete(k.waiting, key)
		return nil, false
	}
	k.waiting[key] = queue[1:]
	return queue[0], true
}

// stop drops what has not begun.
func (k *keyed) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stopped = true
}

// wait returns when what has begun is over, and false if ctx ends before. Call stop first.
func (k *keyed) wait(ctx context.Context) bool {
	over := make(chan struct{})
	go func() {
		k.running.Wait()
		close(over)
	}()
	select {
	case <-over:
		return true
	case <-ctx.Done():
		return false
	}
}
