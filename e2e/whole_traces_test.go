package e2e_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// traced is how many tickets must leave a whole trace in a soak, and tracedShort in a test.
	traced      = 500
	tracedShort = 40
)

// many is how many tickets are opened to look at their traces.
func (p pace) many() int {
	if p.length > 0 {
		return traced
	}
	return tracedShort
}

// openMany harms nothing: it lets the load run until there are enough tickets.
func openMany(l *load, _ *rand.Rand) {
	pause(time.Duration(l.many())*time.Second/time.Duration(l.ticketRate) + time.Second)
}

// wholeTraces sees that every ticket has a trace of its own in which no step is missing, from the gateway that took it to the
// notice that it is finished, and none hangs in the air.
func wholeTraces(l *load) {
	l.T().Helper()
	if len(l.traces) < l.many() {
		l.T().Errorf("%d tickets were opened, want %d", len(l.traces), l.many())
	}
	tickets, want := map[string]string{}, paths(wantTree)
	for _, id := range slices.Sorted(maps.Keys(l.traces)) {
		trace := l.traces[id]
		if other := tickets[trace]; other != "" || trace == "" {
			l.T().Errorf("tickets %s and %q have one trace, %q", id, other, trace)
			continue
		}
		tickets[trace] = id
		l.Eventually("ticket "+id+" has a whole trace", func() error { return l.whole(trace, want) })
	}
	l.T().Logf("%d traces are whole, %d edges in each", len(tickets), len(want))
}

// whole compares a trace with the paths that it must have. What happens twice, an offer that lapsed, say, may be there besides.
func (l *load) whole(id string, want map[string]bool) error {
	trace, err := l.Trace(id)
	if err != nil {
		return err
	}
	for _, s := range trace.Spans {
		if s.TraceID != id {
			return fmt.Errorf("step %s of trace %s says it belongs to %s", label(s), id, s.TraceID)
		}
	}
	tree := draw(trace)
	got := paths(tree)
	for path := range want {
		if !got[path] {
			return fmt.Errorf("trace %s lacks %s:\n%s", id, path, tree)
		}
	}
	return nil
}

// apart are steps of which a load knows nothing: nobody rates, and who follows a district may be at any gateway.
var apart = regexp.MustCompile(`^ *(stream |tickets\.v1\.Tickets/Rate)`)

// offered is an offer that waited until somebody was free: it hangs below the step that freed them, in the ticket's own trace.
var offered = regexp.MustCompile(` > [^>]* \(dispatch, internal\)( > send dispatch\.visit\.v1 VisitOffered)`)

// paths are the ways from the root of a drawn tree to each of its steps, in which an edge that is missing shows.
func paths(tree string) map[string]bool {
	all, above, skipped := map[string]bool{}, []string{}, -1
	for line := range strings.Lines(strings.TrimPrefix(tree, "\n")) {
		step := strings.TrimSpace(line)
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		if skipped >= 0 && depth > skipped {
			continue
		}
		skipped = -1
		if apart.MatchString(line) {
			skipped = depth
			continue
		}
		above = append(above[:min(depth, len(above))], step)
		all[offered.ReplaceAllString(strings.Join(above, " > "), "$1")] = true
	}
	return all
}
