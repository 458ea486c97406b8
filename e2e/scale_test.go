package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/telemetry/semconv"

	"github.com/linlihub/linli/e2e/harness"
)

// What a burst of tickets does: so many a second, ten times the usual, for so long.
const (
	burstRate   = 20
	burstLength = 20 * time.Second
)

// mostReplicas is as far as it grows, with two partitions for each.
const (
	mostReplicas = 4
	partitions   = 2 * mostReplicas
)

// slow gives a replica of dispatch so little of a processor that the burst is more than one can do; nobody waits for
// technicians.
var slow = []string{
	"--set-string", "dispatch.env.LINLI_DISPATCH_CAPACITY=50",
	"--set", fmt.Sprintf("global.kafka.partitions=%d", partitions),
	"--set", "dispatch.resources.limits.cpu=100m,dispatch.resources.requests.cpu=50m",
}

// byLag lets as many replicas run as the lag asks for.
var byLag = []string{"--set", fmt.Sprintf("dispatch.autoscaling.keda.min=1,dispatch.autoscaling.keda.max=%d,dispatch.autoscaling.keda.lag=30", mostReplicas)}

// At a burst dispatch grows, by its lag alone, and shrinks again when there is nothing to do. Nothing is lost or done twice while
// districts go from replica to replica, and it does not waver. A burst that the schedule foresaw finds the replicas there.
func TestDispatchGrowsAndShrinks(t *testing.T) {
	harness.RequireKEDA(t)
	p := clusterPace(t)
	p.ticketRate, p.length = burstRate/10, 30*time.Minute
	p.districts = 48                                               // enough for every replica to get a like share: each has one writer at any time
	p.technicians = burstRate * int(burstLength.Seconds()) * 9 / 5 // what waits, waits for dispatch and not for them
	l := begin(harness.StartRelease(t, slow...), p)
	l.survive(func(*rand.Rand) {
		l.knowsAll() // that so many are hired is a burst of its own
		l.change(byLag...)
		l.scaled(func(s *scale) {
			s.reach(1)
			s.burst(0)
			s.tell("by lag alone")
			s.everyoneAnswers()
			s.reach(1)
			s.straight()
		})
		l.foresee(mostReplicas)
		l.scaled(func(s *scale) {
			s.reach(mostReplicas)
			s.everyoneAnswers() // and has its districts
			s.burst(1)
			s.tell("with the schedule")
		})
	})
}

// change upgrades the release.
func (l *load) change(values ...string) {
	if err := l.Upgrade(values...); err != nil {
		l.T().Errorf("upgrade: %v", err)
	}
}

// foresee has the schedule ask for so many replicas from the next minute on, until the test is over.
func (l *load) foresee(replicas int) {
	there := time.Now().In(time.FixedZone("CST", 8*60*60)) // as the chart has it
	floor := func(key string, value any) string {
		return fmt.Sprintf("dispatch.autoscaling.keda.floors[0].%s=%v", key, value)
	}
	minute := func(after time.Duration) string { return there.Add(after).Format("4 15") + " * * *" }
	l.change(append(slices.Clone(byLag), "--set", floor("start", minute(time.Minute)), "--set", floor("end", minute(time.Hour)), "--set", floor("replicas", replicas))...)
}

// scale is what became of the number of replicas, and of what waited for them.
type scale struct {
	*load
	mu      sync.Mutex
	steps   []step
	waiting []int // of those that were not assigned when the burst was over, each second from then on
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
	if !within(15*time.Minute, func() bool { return s.replicas() == replicas }) {
		s.T().Errorf("there were never %d replicas, but %d", replicas, s.replicas())
	}
}

// within asks each second whether something is so, for so long at most.
func within(limit time.Duration, so func() bool) bool {
	for end := time.Now().Add(limit); !so(); pause(time.Second) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// burst opens tickets that nobody else opens, others in each burst, and waits until all are assigned.
func (s *scale) burst(nth int) {
	ctx, over := context.WithTimeout(s.T().Context(), burstLength)
	defer over()
	s.forget()
	_, people := s.callers()
	last := people*len(categories) - 1 - nth*burstRate*int(burstLength.Seconds())
	err := openLoop(ctx, burstRate, func(ctx context.Context, n int, due time.Time) error { return s.open(ctx, last-n, due) })
	if err != nil {
		s.T().Error(err)
	}
	s.settle()
}

// settle waits until all that waits now is assigned, and keeps how much waits meanwhile.
func (s *scale) settle() {
	left, began := s.unassigned(), time.Now()
	s.waiting = []int{len(left)}
	if !within(5*time.Minute, func() bool {
		left = s.unassignedOf(left)
		s.waiting = append(s.waiting, len(left))
		return len(left) == 0
	}) {
		s.T().Errorf("%d are not assigned after five minutes, one of them %s", len(left), left[0])
	}
	s.drained = time.Since(began)
}

// everyoneAnswers fails unless each replica answers technicians soon, also those that came: connections are renewed, and names
// looked up again, every half minute.
func (s *scale) everyoneAnswers() {
	answered := regexp.MustCompile(semconv.OpHandled + `_count\{[^}]*ListMine`)
	for _, pod := range s.dispatchers() {
		if !within(2*time.Minute, func() bool { return answered.MatchString(s.metrics(pod)) }) {
			s.T().Errorf("no technician reaches %s", pod)
		}
	}
}

// knowsAll waits until dispatch has heard of everybody who was hired.
func (l *load) knowsAll() {
	behind := regexp.MustCompile(semconv.BusLag + `\{[^}]*hr\.staff[^}]*\} 0\n`)
	for _, pod := range l.dispatchers() {
		if !within(5*time.Minute, func() bool { return len(behind.FindAllString(l.metrics(pod), -1)) == partitions }) {
			l.T().Errorf("%s does not know everybody", pod)
		}
	}
}

func (l *load) dispatchers() (pods []string) {
	for _, pod := range l.Pods() {
		if name := strings.TrimPrefix(pod, "pod/"); strings.HasPrefix(name, "dispatch-") {
			pods = append(pods, name)
		}
	}
	return pods
}

// metrics are those of a pod, or "" while it does not say.
func (l *load) metrics(pod string) string {
	said, err := l.Kubectl("get", "--raw", "/api/v1/namespaces/"+l.Company()+"/pods/"+pod+":8080/proxy/metrics")
	if err != nil {
		return ""
	}
	return said
}

// forget leaves out how it came to the number of replicas that there is.
func (s *scale) forget() {
	now := step{time.Now(), s.replicas()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = []step{now}
}

// fastest is how many tickets were assigned a second, at best over a few seconds.
func (l *load) fastest() (most float64) {
	const window = 5 * time.Second
	l.mu.Lock()
	times := slices.SortedFunc(maps.Values(l.assigned), time.Time.Compare)
	l.mu.Unlock()
	first := 0
	for last, at := range times {
		for at.Sub(times[first]) > window {
			first++
		}
		most = max(most, float64(last-first+1)/window.Seconds())
	}
	return most
}

// straight fails unless it went up, and back down to one, with one change of direction.
func (s *scale) straight() {
	steps := s.taken()
	turns, way := 0, 1
	for i := 1; i < len(steps); i++ {
		s.T().Logf("%d replicas %v after the burst began", steps[i].replicas, steps[i].at.Sub(steps[0].at).Round(time.Second))
		if (steps[i].replicas-steps[i-1].replicas)*way < 0 {
			turns, way = turns+1, -way
		}
	}
	if last := steps[len(steps)-1].replicas; s.most() == 1 || turns != 1 || last != 1 {
		s.T().Errorf("%d replicas at most, %d changes of direction, %d in the end", s.most(), turns, last)
	}
}

func (s *scale) most() (most int) {
	for _, step := range s.taken() {
		most = max(most, step.replicas)
	}
	return most
}

// taken are the steps so far.
func (s *scale) taken() []step {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.steps)
}

// tell shows the burst beside the fluid bound: how long it would take to assign what waited when it ended at the greatest rate that
// was ever seen, from that instant on, while more comes.
func (s *scale) tell(how string) {
	rate := s.fastest()
	fluid := float64(s.waiting[0]) / (rate - float64(s.ticketRate))
	s.T().Logf("%s: %d replicas at most; %d waited, and were assigned %.1f s after the burst, %.1f times the fluid bound at %.1f/s, %.1f s",
		how, s.most(), s.waiting[0], s.drained.Seconds(), s.drained.Seconds()/fluid, rate, fluid)
	s.T().Logf("%s: they waited, second by second: %v", how, s.waiting)
}

// unassigned are the tickets that were answered and of which no follower has heard that somebody was offered them.
func (l *load) unassigned() []string {
	l.mu.Lock()
	accepted := slices.Collect(maps.Values(l.accepted))
	l.mu.Unlock()
	return l.unassignedOf(accepted)
}

func (l *load) unassignedOf(tickets []string) (left []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range tickets {
		if l.assigned[id].IsZero() {
			left = append(left, id)
		}
	}
	return left
}
