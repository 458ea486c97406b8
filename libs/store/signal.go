package store

import "sync"

// Signal wakes whoever waits for something to happen in this process. It is how a commit wakes the outbox relay.
type Signal struct {
	mu   sync.Mutex
	next chan struct{}
}

// Signal returns the signal of this name: the same one for everybody who shares the DB.
func (db *DB) Signal(name string) *Signal {
	s, _ := db.signals.LoadOrStore(name, &Signal{next: make(chan struct{})})
	return s.(*Signal)
}

// Set wakes everybody who waits on a channel of Next. It never blocks.
func (s *Signal) Set() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.next)
	s.next = make(chan struct{})
}

// Next returns a channel that is closed by the next Set. Take it before looking for work: a Set while looking is then not
// missed.
func (s *Signal) Next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next
}
