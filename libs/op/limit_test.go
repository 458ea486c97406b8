package op

import (
	"testing"
	"time"
)

const (
	prompt = 500 * time.Millisecond
	slowly = 2 * prompt
)

// round fills a limit with changes, which then all take as long as it says, and answers how many came in.
func round(l *Limit, at time.Time, took time.Duration, failed bool) (entered int) {
	for l.Enter(Changing) {
		entered++
	}
	for range entered {
		l.Leave(at, took, prompt, failed)
	}
	return entered
}

func TestTheLimitFollowsWhatIsDonePromptly(t *testing.T) {
	l, at := NewLimit(0), time.Now()
	if n := round(l, at, prompt/2, false); n != firstLimit {
		t.Errorf("%d come in at first", n)
	}
	for range 1000 {
		round(l, at, prompt/2, false)
	}
	if n := round(l, at, prompt/2, false); n != defaultInFlight {
		t.Errorf("%d come in after a thousand good rounds", n)
	}
	before := l.now
	round(l, at.Add(time.Second), slowly, false)
	if l.now != before*backOff {
		t.Errorf("after one slow round %v is left of %v", l.now, before)
	}
	round(l, at.Add(time.Second+prompt/2), slowly, false)
	if l.now != before*backOff {
		t.Error("what was let in before the fall made it fall again")
	}
	for i := range 100 {
		round(l, at.Add(time.Duration(i)*time.Minute), slowly, false)
	}
	if n := round(l, at, prompt/2, false); n != leastLimit {
		t.Errorf("%d come in after a hundred slow rounds", n)
	}
}

func TestTheLimitLearnsNothingFromIdlenessAndFailure(t *testing.T) {
	l, at := NewLimit(0), time.Now()
	for range 1000 {
		l.Enter(Reading)
		l.Leave(at, 0, prompt, false)
	}
	if l.now != firstLimit {
		t.Errorf("one call at a time made it %v", l.now)
	}
	for range 10 {
		round(l, at, 0, true)
	}
	if l.now != firstLimit {
		t.Errorf("failures made it %v", l.now)
	}
}

func TestASmallBoundIsKept(t *testing.T) {
	l, at := NewLimit(1), time.Now()
	for i := range 10 {
		if n := round(l, at.Add(time.Duration(i)*time.Minute), slowly, false); n != 1 {
			t.Fatalf("%d come in", n)
		}
	}
	if !l.Enter(Reading) {
		t.Error("nobody reads any more")
	}
	for range urgentRoom {
		if !l.Enter(Urgent) {
			t.Fatal("an urgent rpc is refused")
		}
	}
	if l.Enter(Urgent) {
		t.Error("there is no end to urgent rpcs")
	}
}
