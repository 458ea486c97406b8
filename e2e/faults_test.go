package e2e_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/linlihub/linli/e2e/harness"
)

// Whatever service, or the database, of the split platform goes away for a while, no accepted ticket is lost, none is assigned twice and no
// event is applied twice. Callers repeat what was in flight by its Idempotency-Key, as an app does; an answer that says
// anything but "later" (a 500, say) fails the test.
func TestNothingIsLostWhileAPartIsAway(t *testing.T) {
	rows := []struct {
		name string
		harm func(p *harness.Platform, r *rand.Rand)
	}{
		{"killed services", killServices},
		{"services restarted in turn", restartServices},
		{"PostgreSQL away", away("postgres", 5*time.Second)},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			p := harness.StartSplit(t)
			everybody(p)
			survive(p, seed, func() { row.harm(p, rand.New(rand.NewPCG(seed, openers))) })
		})
	}
}

func killServices(p *harness.Platform, r *rand.Rand) {
	services := p.Services()
	for range killsShort {
		pause(time.Duration(r.IntN(700)) * time.Millisecond)
		name := services[r.IntN(len(services))]
		p.T().Logf("kill %s", name)
		p.Crash(name)
		p.Revive(name)
	}
}

func restartServices(p *harness.Platform, _ *rand.Rand) {
	for _, name := range p.Services() {
		p.Stop(name)
		p.Revive(name)
	}
}

// away takes a server away for a while, as a crash does.
func away(server string, d time.Duration) func(*harness.Platform, *rand.Rand) {
	return func(p *harness.Platform, _ *rand.Rand) {
		pause(time.Second) // the load is under way
		p.Crash(server)
		pause(d)
		p.Revive(server)
	}
}

func pause(d time.Duration) { <-time.NewTimer(d).C }
