package e2e_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// What a burst of tickets does: so many a second, ten times the usual, for so long.
const (
	burstRate   = 20
	burstLength = 20 * time.Second
)

// slow gives a replica of dispatch so little of a processor that the burst is more than one can do.
var slow = []string{
	"--set", "dispatch.autoscaling.keda.min=1,dispatch.autoscaling.keda.max=3,dispatch.autoscaling.keda.lag=20",
	"--set", "dispatch.resources.limits.cpu=100m,dispatch.resources.requests.cpu=50m",
}

// At a burst dispatch grows, by its lag alone, and shrinks again when there is nothing to do. Nothing is lost or done twice while
// districts go from replica to replica, and it does not waver.
func TestDispatchGrowsAndShrinks(t *testing.T) {
	harness.RequireKEDA(t)
	p := clusterPace(t)
	p.ticketRate, p.length = burstRate/5, 5*time.Minute // so many people live there
	l := begin(harness.StartRelease(t, slow...), p)
	l.ticketRate = burstRate / 10
	var s scale
	l.survive(func(*rand.Rand) {
		watching, enough := context.WithCancel(t.Context())
		var watcher sync.WaitGroup
		watcher.Go(func() { s.watch(watching, l) })
		pause(10 * time.Second)
		s.burst(l)
		s.settle()
		enough()
		watcher.Wait()
	})
	s.tell(t)
}

// scale is what became of the number of replicas, and of what waited for them.
type scale struct {
	mu      sync.Mutex
	steps   []step
	one     float64 // assigned a second as long as there was one replica
	backlog int     // that were not assigned when the burst was over
	drained time.Duration
}

// step is a number of replicas from an instant on.
type step struct {
	at       time.Time
	replicas int
}

// watch notes when the number of ready replicas changes.
func (s *scale) watch(ctx context.Context, l *load) {
	for ctx.Err() == nil {
		said, err := l.Kubectl("get", "deployment", "dispatch", "--output", "jsonpath={.status.readyReplicas}")
		if n, unknown := strconv.Atoi(said); err == nil && unknown == nil { // else it is asked again in a second
			s.note(n)
		}
		pause(time.Second)
	}
}

func (s *scale) note(replicas int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.steps) == 0 || s.steps[len(s.steps)-1].replicas != replicas {
		s.steps = append(s.steps, step{time.Now(), replicas})
	}
}

// alone says that there is one replica, as far as is known.
func (s *scale) alone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.steps) > 0 && s.steps[len(s.steps)-1].replicas == 1
}

// burst opens tickets that nobody else opens, and waits until all are assigned.
func (s *scale) burst(l *load) {
	ctx, over := context.WithTimeout(l.T().Context(), burstLength)
	defer over()
	began, before := time.Now(), l.assignedNow()
	last := l.residents()*len(categories) - 1
	err := openLoop(ctx, burstRate, func(ctx context.Context, n int, due time.Time) error { return l.open(ctx, last-n, due) })
	if err != nil {
		l.T().Error(err)
	}
	took := time.Since(began)
	s.one = float64(l.assignedNow()-before) / took.Seconds()
	s.backlog = l.waitingNow()
	end := time.Now()
	for left := s.backlog; l.waitingNow() > l.ticketRate; {
		l.Eventually("dispatch gets on", func() error {
			now := l.waitingNow()
			if now >= left && now > l.ticketRate {
				return errNotYet
			}
			left = now
			return nil
		})
	}
	s.drained = time.Since(end)
}

// settle waits until there is one replica again: the autoscaler looks back for five minutes before it takes any away.
func (s *scale) settle() {
	for end := time.Now().Add(15 * time.Minute); !s.alone() && time.Now().Before(end); {
		pause(time.Second)
	}
}

// tell shows the way up and down, and fails when it was another.
func (s *scale) tell(t *testing.T) {
	t.Helper()
	turns, most, way := 0, 1, 1
	for i, step := range s.steps {
		t.Logf("%d replicas after %v", step.replicas, step.at.Sub(s.steps[0].at).Round(time.Second))
		most = max(most, step.replicas)
		if i > 0 && (step.replicas-s.steps[i-1].replicas)*way < 0 {
			turns, way = turns+1, -way
		}
	}
	if last := s.steps[len(s.steps)-1].replicas; most == 1 || turns != 1 || last != 1 {
		t.Errorf("%d replicas at most, %d changes of direction, %d in the end", most, turns, last)
	}
	arrive := float64(burstRate) / 10
	fluid := float64(s.backlog) / max(.1, float64(most)*s.one-arrive)
	t.Logf("one replica assigns %.1f/s; %d waited, and were assigned %v after the burst, %.1f times the fluid bound of %d replicas, %.1f s",
		s.one, s.backlog, s.drained.Round(time.Second), s.drained.Seconds()/fluid, most, fluid)
}

// assignedNow and waitingNow count the tickets that somebody was offered, and those that wait for that.
func (l *load) assignedNow() int { return l.opened() - l.waitingNow() }

func (l *load) opened() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.accepted)
}

func (l *load) waitingNow() int { return len(l.tickets(ticketsv1.State_STATE_OPENED)) }
