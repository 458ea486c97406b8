package store

import "sync"

// Signal wakes whoever waits for something to happen: in this process at once and, where several processes share the
// database, in the others soon. It is how a commit wakes the outbox relay. A signal to another process may be lost when
// either is cut off from the database: whoever waits for one also looks from time to time.
type Signal struct {
	mu   sync.Mutex
	next chan struct{}
	tell func() // tells other processes; never blocks
}

// Signal returns the signal of this name: the same one for everybody who shares the DB.
func (db *DB) Signal(name string) *Signal {
	s, known := db.signals.LoadOrStore(name, &Signal{next: make(chan struct{}), tell: func() { db.engine.tell(name) }})
	if !known {
		db.engine.hear(db)
	}
	return s.(*Signal)
}

// Set wakes everybody who waits on a channel of Next. It never blocks.
func (s *Signal) Set() {
	s.wake()
	s.tell()
}

// wake is Set for this process alone.
func (s *Signal) wake() {
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

// wakeAll is for after an interruption, in which any signal may have been missed.
func (db *DB) wakeAll() {
	db.signals.Range(func(_, s any) bool {
		s.(*Signal).wake()
		return true
	})
}
