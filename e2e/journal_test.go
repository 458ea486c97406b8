package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/client"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// journal is what a load sent, what it was answered and what its followers heard. Together with the API it is all that the
// checks look at.
type journal struct {
	mu       sync.Mutex
	accepted map[string]string // id of the ticket by Idempotency-Key
	keys     []string          // of accepted, as they came
	traces   map[string]string // of the request that was answered first, by id of the ticket
	opened   map[string]time.Time
	opening  []time.Duration // from the instant a call was due to its answer, all attempts in it
	reading  []time.Duration
	wire     map[string]int // what came of each attempt, such as "503"
	unclean  []string       // answers that no outage excuses
	failed   []string       // attempts that were cut off or sent away, the first of them
	upset    time.Time      // when something was taken away that others must do without
	late     []string       // attempts that failed more than a second after that
	heard    map[string][]*notifyv1.Entry
	assigned map[string]time.Time // when a follower heard of it
}

func newJournal() *journal {
	return &journal{
		accepted: map[string]string{}, traces: map[string]string{}, opened: map[string]time.Time{}, wire: map[string]int{},
		heard: map[string][]*notifyv1.Entry{}, assigned: map[string]time.Time{},
	}
}

// answered keeps a 201 and its trace. A key that was answered before must get the same ticket.
func (j *journal) answered(key, id, trace string, due time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if before := j.accepted[key]; before != "" {
		if before != id {
			return fmt.Errorf("key %s was answered %s and then %s", key, before, id)
		}
		return nil
	}
	j.accepted[key], j.keys = id, append(j.keys, key)
	j.traces[id] = trace
	j.opened[id], j.opening = time.Now(), append(j.opening, time.Since(due))
	return nil
}

func (j *journal) looked(due time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.reading = append(j.reading, time.Since(due))
}

// any is one of the tickets, or none yet.
func (j *journal) any(n int) (key, id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.keys) == 0 {
		return "", ""
	}
	key = j.keys[n*7919%len(j.keys)]
	return key, j.accepted[key]
}

// note keeps what came of one attempt on the wire. Whatever is away, nobody is told of a fault of ours, and who is sent away
// is told when to come again.
func (j *journal) note(response *http.Response, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case errors.Is(err, context.Canceled):
		return // the caller hung up
	case err != nil:
		j.wire["cut off"]++
		j.fail(err.Error())
		return
	}
	j.wire[fmt.Sprint(response.StatusCode)]++
	if response.StatusCode >= http.StatusInternalServerError {
		j.fail(response.Request.Method + " " + response.Request.URL.String() + ": " + response.Status)
	}
	later := response.StatusCode == http.StatusServiceUnavailable || response.StatusCode == http.StatusTooManyRequests
	if response.StatusCode == http.StatusInternalServerError || later && response.Header.Get("Retry-After") == "" {
		j.unclean = append(j.unclean, response.Request.Method+" "+response.Request.URL.Path+": "+response.Status)
	}
}

// fail keeps why an attempt failed, with the instant, for whoever looks for the cause.
func (j *journal) fail(why string) {
	const enough = 20
	why = time.Now().Format("15:04:05.000 ") + why
	if len(j.failed) < enough {
		j.failed = append(j.failed, why)
	}
	if !j.upset.IsZero() && time.Since(j.upset) > time.Second {
		j.late = append(j.late, why)
	}
}

// upsets says that something is taken away from now on.
func (j *journal) upsets() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.upset = time.Now()
}

// adapted fails for attempts that failed later than a second after something was taken away.
func (j *journal) adapted(t testing.TB) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, attempt := range j.late {
		if i < 10 {
			t.Errorf("failed although a second had passed, one of %d: %s", len(j.late), attempt)
		}
	}
}

// follow listens to a district as the console does, and goes on from the last entry when the connection breaks.
func (l *load) follow(ctx context.Context, district string) {
	stream := client.Stream{Path: "/v1/districts/" + district + "/events", After: "0", Handle: func(e client.Event) error {
		entry := &notifyv1.Entry{}
		if err := protojson.Unmarshal(e.Data, entry); err != nil {
			return nil //nolint:nilerr // positions are no entries
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.heard[district] = append(l.heard[district], entry); entry.GetType() == "TicketAssigned" && l.assigned[entry.GetTicketId()].IsZero() {
			l.assigned[entry.GetTicketId()] = time.Now()
		}
		return nil
	}}
	if err := l.manager().Events(ctx, stream); err != nil && ctx.Err() == nil {
		l.T().Errorf("follow %s: %v", district, err)
	}
}

// uncut fails for attempts that got no answer: who leaves in order answers all that it has taken. A platform that is busy may
// say so, with the time to come again.
func (j *journal) uncut(t testing.TB) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, outcome := range []string{"cut off", "502"} {
		if times := j.wire[outcome]; times > 0 {
			t.Errorf("attempts answered %s: %d", outcome, times)
		}
	}
	for _, attempt := range j.failed {
		t.Log(attempt)
	}
}

// tell shows the figures of a run, and fails it for answers that were unclean.
func (j *journal) tell(t testing.TB) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	t.Logf("%d tickets opened: p50 %v, p99 %v; %d reads: p50 %v, p99 %v", len(j.opening), at(j.opening, .5), at(j.opening, .99),
		len(j.reading), at(j.reading, .5), at(j.reading, .99))
	for _, outcome := range slices.Sorted(maps.Keys(j.wire)) {
		t.Logf("attempts answered %s: %d", outcome, j.wire[outcome])
	}
	for i, answer := range j.unclean {
		if i < 10 {
			t.Errorf("an unclean answer, of %d: %s", len(j.unclean), answer)
		}
	}
}

// back tells how long after an instant the first ticket that was opened after it was assigned.
func (j *journal) back(since time.Time) (took time.Duration, known bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for id, assigned := range j.assigned {
		if d := assigned.Sub(since); j.opened[id].After(since) && (!known || d < took) {
			took, known = d, true
		}
	}
	return took, known
}

func at(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[int(q*float64(len(all)-1))].Round(time.Millisecond)
}
