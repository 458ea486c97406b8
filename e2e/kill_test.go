package e2e_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/e2e/harness"
)

const (
	kills      = 30
	killsShort = 5
)

// A power cut at any moment loses no accepted ticket: the real binary is killed again and again while residents open tickets
// and technicians work, and what it then knows is compared with what it answered.
func TestKilledAtAnyMomentNothingIsLost(t *testing.T) {
	var l *load
	b := harness.StartBinary(t, func(p *harness.Platform) { l = begin(p, paceOf(t)) })
	l.Platform = b.Platform
	l.survive(func(r *rand.Rand) { killOften(b, r) })
	said := b.Log()
	if strings.Contains(said, "panic") {
		t.Errorf("the process panicked:\n%s", said)
	}
	if number := personal.FindStringSubmatch(said); number != nil {
		t.Errorf("the log shows the number %s", number[1])
	}
}

// killOften kills the process at random moments of its life, its start included, and starts it again.
func killOften(b *harness.Binary, r *rand.Rand) {
	times := kills
	if testing.Short() {
		times = killsShort
	}
	for range times {
		timer := time.NewTimer(time.Duration(r.IntN(700)) * time.Millisecond)
		<-timer.C
		b.Kill()
		b.Run()
	}
}
