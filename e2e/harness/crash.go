package harness

import (
	"strings"
	"testing"
)

// StartSplit is Start for tests that harm single services and servers, which only a split platform has, in any mode.
func StartSplit(t testing.TB, args ...string) *Platform {
	t.Helper()
	return startOn(t, newSplit(t, forTests(args)))
}

// Services are the instances of all services, such as tickets-1.
func (p *Platform) Services() (names []string) {
	p.t.Helper()
	out := p.split("names", p.running.(*split).dir)
	for line := range strings.Lines(out) {
		name, _, _ := strings.Cut(line, " ")
		names = append(names, name)
	}
	return names
}

// Crash ends a service or a server at once, without a word (SIGKILL).
func (p *Platform) Crash(name string) {
	p.t.Helper()
	p.split("kill9", p.running.(*split).folder(name), name)
}

// Stop ends a service or a server in order.
func (p *Platform) Stop(name string) {
	p.t.Helper()
	p.split("stop", p.running.(*split).folder(name), name)
}

// Roll replaces a service by a new process, as a release does. Who has no replica gets one for as long as that takes.
func (p *Platform) Roll(name string) {
	p.t.Helper()
	p.split("roll", p.running.(*split).folder(name), name)
}

// Revive starts what was ended, and returns when it is ready.
func (p *Platform) Revive(name string) {
	p.t.Helper()
	p.split("start", p.running.(*split).folder(name), name)
}

// Freeze makes a server silent without its hanging up.
func (p *Platform) Freeze(name string) {
	p.t.Helper()
	p.split("freeze", p.running.(*split).folder(name), name)
}

func (p *Platform) split(args ...string) string {
	p.t.Helper()
	out, err := tool("split.sh", args...)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}
