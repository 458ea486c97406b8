package replay

import (
	"sync"
	"time"

	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// tally knows how far every row has come. What the server tells by events and by answers arrives in any order: an
// assignment may be heard of before the answer that names the ticket. Safe for concurrent use.
type tally struct {
	mu    sync.Mutex
	cases map[string]*caseOf // by ticket
	// assigned is when the first assignment of a ticket was heard of, known to cases or not.
	assigned map[string]time.Time
	refused  []Refusal
	answered int // rows answered with success
	opening  int // rows not answered yet
	declined int
	absent   int
	followed int // advices where to wait
	changed  chan struct{}
}

// caseOf is one ticket of ours.
type caseOf struct {
	id       string
	slot     Slot
	caller   door
	posted   time.Time // on the wall
	state    ticketsv1.State
	version  int64
	judging  bool // the resident has heard that it is finished and will decide
	decided  bool // … has rated, or has nothing to say
	stars    int32
	returned int
}

// over says that nothing more is to come.
func (c *caseOf) over() bool {
	switch c.state {
	case ticketsv1.State_STATE_CLOSED, ticketsv1.State_STATE_CANCELLED:
		return true
	case ticketsv1.State_STATE_FINISHED:
		return c.decided
	default:
		return false
	}
}

// ended says that the work came to an end: what is not, in the end, is lost.
func ended(state ticketsv1.State) bool { return state >= ticketsv1.State_STATE_FINISHED }

func newTally(rows int) *tally {
	return &tally{cases: map[string]*caseOf{}, assigned: map[string]time.Time{}, opening: rows, changed: make(chan struct{}, 1)}
}

// do changes the tally and wakes whoever waits for it.
func (t *tally) do(change func()) {
	t.mu.Lock()
	change()
	t.mu.Unlock()
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// opened takes a new ticket in.
func (t *tally) opened(slot Slot, caller door, posted time.Time, ticket *ticketsv1.Ticket) {
	t.do(func() {
		t.opening--
		t.answered++
		c := &caseOf{id: ticket.GetId(), slot: slot, caller: caller, posted: posted}
		if t.cases[c.id] == nil { // else two rows were answered with one ticket: the report counts it as lost
			t.cases[c.id] = c
		}
		c.learn(ticket.GetState(), ticket.GetVersion())
	})
}

func (t *tally) refuse(r Refusal) {
	t.do(func() {
		t.opening--
		t.refused = append(t.refused, r)
	})
}

// learn moves the state on, unless the news is older than what is known.
func (c *caseOf) learn(state ticketsv1.State, version int64) {
	if version >= c.version && state != ticketsv1.State_STATE_UNSPECIFIED {
		c.state, c.version = state, version
	}
}

// heard takes news of any ticket and answers our case when its resident has to decide now.
func (t *tally) heard(id string, state ticketsv1.State, version int64, at time.Time) (finished *caseOf) {
	t.do(func() {
		if _, known := t.assigned[id]; !known && state == ticketsv1.State_STATE_ASSIGNED {
			t.assigned[id] = at
		}
		c := t.cases[id]
		if c == nil {
			return
		}
		if c.learn(state, version); c.state != ticketsv1.State_STATE_FINISHED {
			return
		}
		if !c.judging && !c.decided {
			c.judging, finished = true, c
		}
	})
	return finished
}

// nameOf is the row of a ticket, so that in every replay of a file the same residents are not at home and the same work takes long; a
// ticket that is not ours has its id.
func (t *tally) nameOf(ticket string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.cases[ticket]; c != nil {
		return c.slot.Row.Key
	}
	return ticket
}

// decide ends the resident's part in this cycle: a rating, or none (0 stars). A return begins the next cycle.
func (t *tally) decide(c *caseOf, stars int32, returned bool, after *ticketsv1.Ticket) {
	t.do(func() {
		c.judging, c.decided = false, !returned
		if returned {
			c.returned++
		}
		if stars > 0 {
			c.stars = stars
		}
		if after != nil {
			c.learn(after.GetState(), after.GetVersion())
		}
	})
}

// pending are the tickets whose end is still to come; unopened are the rows not yet answered.
func (t *tally) pending() (open []*caseOf, unopened int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.cases {
		if !c.over() {
			open = append(open, c)
		}
	}
	return open, t.opening
}

// counts is the tally in figures, for the line of progress.
type counts struct{ opened, assigned, finished, rated, refused int }

func (t *tally) counts() (n counts) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n.opened, n.refused = len(t.cases), len(t.refused)
	for id, c := range t.cases {
		if _, ok := t.assigned[id]; ok || c.state > ticketsv1.State_STATE_OPENED {
			n.assigned++
		}
		if ended(c.state) && c.state != ticketsv1.State_STATE_CANCELLED {
			n.finished++
		}
		if c.stars > 0 {
			n.rated++
		}
	}
	return n
}
