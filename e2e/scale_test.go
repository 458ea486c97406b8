package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/e2e/harness"
)

// What a burst of tickets does: so many a second, ten times the usual, for so long.
const (
	burstRate   = 20
	burstLength = 20 * time.Second
)

// mostReplicas is as far as it grows.
const mostReplicas = 3

// slow gives a replica of dispatch so little of a processor that the burst is more than one can do; nobody waits for
// technicians.
var slow = []string{
	"--set-string", "dispatch.env.LINLI_DISPATCH_CAPACITY=50",
	"--set", "dispatch.autoscaling.keda.min=1,dispatch.autoscaling.keda.max=3,dispatch.autoscaling.keda.lag=20",
	"--set", "dispatch.resources.limits.cpu=100m,dispatch.resources.requests.cpu=50m",
}

// At a burst dispatch grows, by its lag alone, and shrinks again when there is nothing to do. Nothing is lost or done twice while
// districts go from replica to replica, and it does not waver. Of a burst that the schedule foresaw, less waits.
func TestDispatchGrowsAndShrinks(t *testing.T) {
	harness.RequireKEDA(t)
	p := clusterPace(t)
	p.ticketRate, p.length, p.districts = burstRate/10, 20*time.Minute, 12 // a district has one writer at any time
	l := begin(harness.StartRelease(t, slow...), p)
	l.survive(func(*rand.Rand) {
		byLag := l.scaled(func(s *scale) {
			s.reach(1)
			s.burst(0)
			s.reach(1)
		})
		byLag.straight()
		byLag.tell("by lag alone", byLag.one())
		l.foresee(mostReplicas)
		foreseen := l.scaled(func(s *scale) {
			s.reach(mostReplicas)
			s.burst(1)
		})
		foreseen.tell("with the schedule", byLag.one())
	})
}

// foresee has the schedule ask for so many replicas from the next minute on, until the test is over.
func (l *load) foresee(replicas int) {
	there := time.Now().In(time.FixedZone("CST", 8*60*60)) // as the chart has it
	floor := func(key string, value any) string {
		return fmt.Sprintf("dispatch.autoscaling.keda.floors[0].%s=%v", key, value)
	}
	minute := func(after time.Duration) string { return there.Add(after).Format("4 15") + " * * *" }
	err := l.Upgrade("--set", floor("start", minute(time.Minute)), "--set", floor("end", minute(time.Hour)), "--set", floor("replicas", replicas))
	if err != nil {
		l.T().Errorf("upgrade: %v", err)
	}
}

// scale is what became of the number of replicas, and of what waited for them.
type scale struct {
	*load
	mu      sync.Mutex
	steps   []step
	backlog int // that were not assigned when the burst was over
	drained time.Duration
}

// step is a number of replicas from an instant on.
type step struct {
	at       time.Time
	replicas int
}

// scaled watches the replicas while something happens.
func (l *load) scaled(happens func(*scale)) *scale {
	s := &scale{load: l}
	watching, enough := context.WithCancel(l.T().Context())
	var watcher sync.WaitGroup
	watcher.Go(func() { s.watch(watching) })
	happens(s)
	enough()
	watcher.Wait()
	return s
}

// watch notes when the number of ready replicas changes.
func (s *scale) watch(ctx context.Context) {
	for ctx.Err() == nil {
		said, err := s.Kubectl("get", "deployment", "dispatch", "--output", "jsonpath={.status.readyReplicas}")
		if n, unknown := strconv.Atoi(said); err == nil && unknown == nil { // else it is asked again in a second
			s.note(n)
		}
		pause(time.Second)
	}
}

func (s *scale) note(replicas int) {
	if s.replicas() != replicas {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.steps = append(s.steps, step{time.Now(), replicas})
	}
}

// replicas are those that are ready, as far as is known: 0 is not known.
func (s *scale) replicas() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.steps) == 0 {
		return 0
	}
	return s.steps[len(s.steps)-1].replicas
}

// reach waits for so many replicas: the autoscaler looks back for five minutes before it takes any away.
func (s *scale) reach(replicas int) {
	for end := time.Now().Add(15 * time.Minute); s.replicas() != replicas && time.Now().Before(end); {
		pause(time.Second)
	}
}

// burst opens tickets that nobody else opens, others in each burst, and waits until all are assigned.
func (s *scale) burst(nth int) {
	ctx, over := context.WithTimeout(s.T().Context(), burstLength)
	defer over()
	s.forget()
	last := s.residents()*len(categories) - 1 - nth*burstRate*int(burstLength.Seconds())
	err := openLoop(ctx, burstRate, func(ctx context.Context, n int, due time.Time) error { return s.open(ctx, last-n, due) })
	if err != nil {
		s.T().Error(err)
	}
	s.backlog = s.waitingNow()
	end := time.Now()
	for left := s.backlog; left > s.ticketRate; {
		s.Eventually("dispatch gets on", func() error {
			now := s.waitingNow()
			if now >= left && now > s.ticketRate {
				return errNotYet
			}
			left = now
			return nil
		})
	}
	s.drained = time.Since(end)
}

// forget leaves out how it came to the number of replicas that there is.
func (s *scale) forget() {
	now := step{time.Now(), s.replicas()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = []step{now}
}

// one is how many tickets a single replica assigned a second, until it got help.
func (s *scale) one() float64 {
	if len(s.steps) < 2 {
		return 0
	}
	alone, helped := s.steps[0].at, s.steps[1].at
	return float64(s.assignedBetween(alone, helped)) / helped.Sub(alone).Seconds()
}

// straight fails unless it went up, and back down to one, with one change of direction.
func (s *scale) straight() {
	turns, way := 0, 1
	for i := 1; i < len(s.steps); i++ {
		if (s.steps[i].replicas-s.steps[i-1].replicas)*way < 0 {
			turns, way = turns+1, -way
		}
	}
	if last := s.steps[len(s.steps)-1].replicas; s.most() == 1 || turns != 1 || last != 1 {
		s.T().Errorf("%d replicas at most, %d changes of direction, %d in the end", s.most(), turns, last)
	}
}

func (s *scale) most() (most int) {
	for _, step := range s.steps {
		most = max(most, step.replicas)
	}
	return most
}

// tell shows the way up and down, and the burst beside the fluid bound: how long it would take all replicas that there ever
// were, had they been there when it ended, to assign what waited then, while more comes.
func (s *scale) tell(how string, one float64) {
	for _, step := range s.steps {
		s.T().Logf("%s: %d replicas %v after the burst began", how, step.replicas, step.at.Sub(s.steps[0].at).Round(time.Second))
	}
	fluid := float64(s.backlog) / max(.1, float64(s.most())*one-float64(s.ticketRate))
	s.T().Logf("%s: one replica assigns %.1f/s; %d waited, and were assigned %.1f s after the burst, %.1f times the fluid bound of %d replicas, %.1f s",
		how, one, s.backlog, s.drained.Seconds(), s.drained.Seconds()/fluid, s.most(), fluid)
}

// waitingNow counts the tickets that were answered and of which no follower has heard that somebody was offered them.
func (l *load) waitingNow() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.accepted) - len(l.assigned)
}

// assignedBetween counts those of which followers heard that in the meantime.
func (l *load) assignedBetween(from, until time.Time) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, at := range l.assigned {
		if at.After(from) && at.Before(until) {
			n++
		}
	}
	return n
}
