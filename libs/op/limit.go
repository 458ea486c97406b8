package op

import (
	"sync"
	"time"
)

const (
	// defaultInFlight is how many rpcs of a service may be under way, however fast it is.
	defaultInFlight = 512
	// urgentRoom is for urgent rpcs beyond that: a bound of memory, which nothing but a fault of ours reaches.
	urgentRoom = 512
	// leastLimit is what an overloaded service still works on at once.
	leastLimit = 16
	// firstLimit is where a service begins that knows nothing of its speed.
	firstLimit = 128
	// backOff is what remains of the limit when rpcs take longer than is prompt.
	backOff = 0.75
	// readShare is the part of the limit that reads may fill; the rest is kept for what people have typed.
	readShare = 0.75
)

// Limit is how many rpcs of a service may be under way. It grows by one a round while they are answered promptly and the
// limit is used, and falls to three quarters when they are not, once a round: additive increase and multiplicative decrease
// (Chiu and Jain, 1989), on latency as AIMDLimit of Netflix's concurrency-limits does it. So it settles near what the service
// finishes promptly, whatever makes it slow: its own processor, its database or a neighbour. Safe for concurrent use.
type Limit struct {
	mu       sync.Mutex
	most     float64
	now      float64
	inFlight int
	settled  time.Time // until when the last fall has not told yet
}

// NewLimit makes a limit that never exceeds most; 0 means 512.
func NewLimit(most int) *Limit {
	if most <= 0 {
		most = defaultInFlight
	}
	return &Limit{most: float64(most), now: min(firstLimit, float64(most))}
}

// Rank orders rpcs by who is refused first.
type Rank int

// The ranks.
const (
	// Reading is refused first: who looks may look again.
	Reading Rank = iota
	// Changing keeps a share of the places to itself.
	Changing
	// Urgent comes in beyond the limit.
	Urgent
)

// Enter takes a place, if one of the rank is left.
func (l *Limit) Enter(r Rank) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	var bound float64
	switch r {
	case Reading:
		bound = max(1, readShare*l.now)
	case Changing:
		bound = l.now
	case Urgent:
		bound = l.most + urgentRoom
	}
	if float64(l.inFlight+1) > bound {
		return false
	}
	l.inFlight++
	return true
}

// Leave gives the place back, and learns from how long the rpc took and might have taken. What failed at once tells nothing.
func (l *Limit) Leave(now time.Time, took, prompt time.Duration, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	used := float64(l.inFlight) >= l.now/2
	l.inFlight--
	switch {
	case took > prompt && now.After(l.settled):
		l.now = max(min(leastLimit, l.most), l.now*backOff)
		l.settled = now.Add(prompt)
	case took <= prompt && used && !failed:
		l.now = min(l.most, l.now+1/l.now)
	}
}
