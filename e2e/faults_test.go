package e2e_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/linlihub/linli/e2e/harness"
)

// Whatever part of the split platform goes away for a while under load, no accepted ticket is lost, none is assigned twice and
// no event is applied twice. Callers repeat what was in flight by its Idempotency-Key at the other gateway, as an app does;
// an answer that says anything but "later" (a 500, say) fails the test. make soak is the same for longer.
func TestNothingIsLostWhileAPartIsAway(t *testing.T) {
	rows := []struct {
		name string
		harm func(l *load, r *rand.Rand)
		then func(l *load) // what is looked at besides
		args []string      // flags of all services
	}{
		{name: "killed services", harm: killServices},
		{name: "services restarted in turn", harm: restartServices, then: func(l *load) { l.uncut(l.T()) }},
		{name: "Kafka away", harm: away("kafka", 5*time.Second, time.Minute)},
		{name: "PostgreSQL away", harm: away("postgres", 5*time.Second, 30*time.Second)},
		{name: "Redis silent", harm: silent},
		{name: "Consul away", harm: withoutConsul, then: func(l *load) { l.adapted(l.T()) }},
		{name: "poison", harm: poisonServices},
		{name: "traces", harm: openMany, then: wholeTraces},
		{name: "overload", harm: overload, args: fewAtOnce},
	}
	pace := paceOf(t)
	if pace.length == 0 { // what an overload measures on two cores that others use, too, says nothing: make soak has it
		rows = rows[:len(rows)-1]
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			args := append(slices.Clone(row.args), "--dispatch.capacity", "50", "--clock-start", morning()) // nobody waits for technicians
			l := begin(harness.StartSplit(t, args...), pace)
			l.survive(func(r *rand.Rand) { row.harm(l, r) })
			if row.then != nil {
				row.then(l)
			}
		})
	}
}

// morning is today at the beginning of the working day, whenever a test runs: nobody but an emergency is begun after the end
// of duty.
func morning() string {
	return time.Now().In(time.FixedZone("CST", 8*60*60)).Format(time.DateOnly) + "T08:30:00+08:00"
}

// killServices kills whatever service chance names, a few times or for as long as a soak takes.
func killServices(l *load, r *rand.Rand) {
	services := l.Services()
	killed := 0
	for end := time.Now().Add(l.length); killed < killsShort || time.Now().Before(end); killed++ {
		pause(time.Duration(r.IntN(700)) * time.Millisecond)
		name := services[r.IntN(len(services))]
		l.Crash(name)
		l.Revive(name)
	}
	l.T().Logf("%d kills", killed)
}

func restartServices(l *load, _ *rand.Rand) {
	pause(time.Second) // the load is under way
	for _, name := range l.Services() {
		l.Roll(name)
	}
}

// away takes a server away for a while, as a crash does: short in a test, long in a soak.
func away(server string, short, long time.Duration) func(*load, *rand.Rand) {
	return func(l *load, _ *rand.Rand) {
		pause(time.Second)
		l.Crash(server)
		pause(l.either(short, long))
		l.Revive(server)
		l.comeBack()
	}
}

// silent has Redis say nothing, which is worse than gone, and then go.
func silent(l *load, _ *rand.Rand) {
	pause(time.Second)
	l.Freeze("redis")
	pause(l.either(5*time.Second, time.Minute))
	l.Crash("redis")
	l.Revive("redis")
	l.comeBack()
}

// withoutConsul takes Consul away, and meanwhile a replica that everybody knows and one that only Consul told of. Each time
// all is well after a second.
func withoutConsul(l *load, _ *rand.Rand) {
	pause(time.Second)
	l.upsets()
	l.Crash("consul")
	for _, name := range []string{"tickets-1", "tickets-2"} {
		pause(l.either(2*time.Second, time.Minute))
		l.upsets()
		l.Stop(name)
		l.Revive(name)
	}
	pause(l.either(time.Second, 3*time.Minute))
	l.Revive("consul")
	l.comeBack()
}

// comeBack waits until a ticket that is opened from now on is assigned, and tells how long that took.
func (l *load) comeBack() {
	since := time.Now()
	l.Eventually("tickets are assigned again", func() error {
		took, known := l.back(since)
		if !known {
			return errNotYet
		}
		l.T().Logf("a ticket was assigned %v after the part was back", took.Round(time.Millisecond))
		return nil
	})
}

func (l *load) either(short, long time.Duration) time.Duration {
	if l.length > 0 {
		return long
	}
	return short
}

var errNotYet = errors.New("not yet")

func pause(d time.Duration) { <-time.NewTimer(d).C }
