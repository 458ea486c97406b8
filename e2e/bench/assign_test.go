package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/client"
)

// BenchmarkAssign opens tickets at a constant rate and measures, from the instant at which each should have been sent, until
// it is open (201), until a bare reader has its assignment from the broker (two commits and two hops), until its visit is shown
// to the technician (also the commit of the feed, and the push), and until the console shows the ticket as assigned (one more
// commit and hop: the ticket's own). Its resident then takes it back, so that technicians stay free: no crew of any size would
// finish 200 visits a second. The load is part of what the machine does.
func BenchmarkAssign(b *testing.B) {
	for _, rate := range []int{50, 200} {
		b.Run(fmt.Sprintf("%drps", rate), func(b *testing.B) { assign(b, rate) })
	}
}

func assign(b *testing.B, rate int) {
	d := time.Duration(setting(b, "LINLI_BENCH_SECONDS", 60)) * time.Second
	s := serve(b, b.TempDir(), lavish...)
	c := s.settle(b)
	run := &run{server: s, community: c, committed: newSightings(), offered: newSightings(), assigned: newSightings(), opened: map[string]time.Time{}, created: &sample{}}
	run.listen(b)
	openLoop(b.Context(), rate, 2*time.Second, func(ctx context.Context, n int, due time.Time) { run.open(ctx, b, n, due) }) // warm
	warm := run.forget(b)
	unit := openYard(b).measure(b, rate, min(d, 20*time.Second))
	openLoop(b.Context(), rate, d, func(ctx context.Context, n int, due time.Time) { run.open(ctx, b, warm+n, due) })
	committed, offered, assigned := run.latencies(b, run.committed), run.latencies(b, run.offered), run.latencies(b, run.assigned)

	b.ReportMetric(run.created.at(0.5), "open-p50-ms")
	b.ReportMetric(run.created.at(0.99), "open-p99-ms")
	b.ReportMetric(committed.at(0.5), "committed-p50-ms")
	b.ReportMetric(committed.at(0.99), "committed-p99-ms")
	b.ReportMetric(offered.at(0.5), "offered-p50-ms")
	b.ReportMetric(offered.at(0.99), "offered-p99-ms")
	b.ReportMetric(assigned.at(0.5), "assigned-p50-ms")
	b.ReportMetric(assigned.at(0.99), "assigned-p99-ms")
	b.ReportMetric(unit.at(0.5), "unit-p50-ms")
	b.ReportMetric(unit.at(0.99), "unit-p99-ms")
	b.ReportMetric(committed.at(0.99)/unit.at(0.99), "committed/unit")
	b.ReportMetric(float64(len(run.opened)), "tickets")
	b.ReportMetric(float64(len(run.opened)-assigned.count()), "unassigned")
	b.ReportMetric(0, "ns/op")
}

// run is one load on one server.
type run struct {
	*server
	*community
	created                      *sample
	committed, offered, assigned *sightings

	mu     sync.Mutex
	opened map[string]time.Time // ticket → when it should have been sent
}

// open sends one ticket. Residents take turns, and each has something else broken each time.
func (r *run) open(ctx context.Context, b *testing.B, n int, due time.Time) {
	who := r.residents[n*homes%len(r.residents)+n/districts%homes]
	category := categories[n/len(r.residents)%len(categories)]
	body := fmt.Sprintf(`{"home_id":%q,"category":%q,"words":"厨房水管漏水","source":"app"}`, who.home, category)
	status, text, location, err := r.post(ctx, "/v1/tickets", who.token, fmt.Sprintf("bench-%d", n), body)
	if err != nil || status != http.StatusCreated {
		b.Errorf("ticket %d: %d %s %v", n, status, text, err)
		return
	}
	r.created.add(time.Since(due))
	ticket := strings.TrimPrefix(location, "/v1/tickets/")
	r.mu.Lock()
	r.opened[ticket] = due
	r.mu.Unlock()
	r.cancel(ctx, b, ticket, who.token)
}

// cancel takes a ticket back once it is assigned.
func (r *run) cancel(ctx context.Context, b *testing.B, ticket, token string) {
	limit, giveUp := context.WithTimeout(ctx, 20*time.Second)
	defer giveUp()
	if _, ok := r.assigned.await(limit, ticket); !ok {
		return
	}
	status, text, _, err := r.post(ctx, "/v1/tickets/"+ticket+":cancel", token, "cancel-"+ticket, `{"reason":"修好了"}`)
	if err != nil || status != http.StatusOK {
		b.Errorf("cancel %s: %d %s %v", ticket, status, text, err)
	}
}

// post sends a request and reads all of the answer.
func (r *run) post(ctx context.Context, path, token, key, body string) (status int, text, location string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	answer, err := transport.RoundTrip(req)
	if err != nil {
		return 0, "", "", err
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(all), answer.Header.Get("Location"), err
}

// forget drops what was measured, and says how many tickets that were.
func (r *run) forget(b *testing.B) int {
	n := len(r.opened)
	r.latencies(b, r.assigned)
	r.opened, r.created = map[string]time.Time{}, &sample{}
	return n
}

// latencies joins what was opened with what was seen, once all was seen or a while is over.
func (r *run) latencies(b *testing.B, seen *sightings) *sample {
	limit, cancel := context.WithTimeout(b.Context(), 20*time.Second)
	defer cancel()
	took := &sample{}
	for ticket, due := range r.opened {
		if at, ok := seen.await(limit, ticket); ok {
			took.add(at.Sub(due))
		}
	}
	return took
}

// listen follows every district as the console does and every technician's own stream as telephones do.
func (r *run) listen(b *testing.B) {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	b.Cleanup(stop)
	var opened sync.WaitGroup
	for d := range districts {
		opened.Add(1)
		go r.follow(ctx, b, fmt.Sprintf("/v1/districts/d%d/events", d), r.manager, "TicketAssigned", r.assigned, opened.Done)
	}
	for _, token := range r.staff {
		opened.Add(1)
		go r.follow(ctx, b, "/v1/me/events", token, "VisitOffered", r.offered, opened.Done)
	}
	opened.Wait()
	go func() {
		if err := r.read(ctx); err != nil && ctx.Err() == nil {
			b.Error("read assignments:", err)
		}
	}()
}

// read sees each assignment as soon as any consumer could.
func (r *run) read(ctx context.Context) error {
	addr, err := os.ReadFile(filepath.Join(r.dir, "kafka.addr"))
	if err != nil {
		return err
	}
	return bus.Tail(ctx, bus.Config{Brokers: []string{string(addr)}, Company: "demo"}, []string{"dispatch.visit.v1"}, func(m bus.Message) {
		if m.Type == "linli.dispatch.v1.VisitOffered" {
			r.committed.add(m.Subject, time.Now())
		}
	})
}

func (r *run) follow(ctx context.Context, b *testing.B, path, token, event string, seen *sightings, opened func()) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path, nil)
	if err != nil {
		b.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+token)
	answer, err := transport.RoundTrip(req)
	opened()
	if err != nil {
		b.Error(err)
		return
	}
	defer answer.Body.Close()
	for events := client.NewDecoder(answer.Body); ; {
		e, err := events.Next()
		if err != nil {
			return
		}
		if at := time.Now(); e.Name == event {
			var entry struct {
				Ticket string `json:"ticket_id"`
			}
			if err := json.Unmarshal(e.Data, &entry); err != nil {
				b.Error(err)
			}
			seen.add(entry.Ticket, at)
		}
	}
}

// sightings are when each ticket was first seen.
type sightings struct {
	mu   sync.Mutex
	each map[string]*sighting
}

type sighting struct {
	at   time.Time
	seen chan struct{} // closed when it was
}

func newSightings() *sightings { return &sightings{each: map[string]*sighting{}} }

func (s *sightings) of(ticket string) *sighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.each[ticket] == nil {
		s.each[ticket] = &sighting{seen: make(chan struct{})}
	}
	return s.each[ticket]
}

// add is called by the one stream of the ticket's district.
func (s *sightings) add(ticket string, at time.Time) {
	if it := s.of(ticket); it.at.IsZero() {
		it.at = at
		close(it.seen)
	}
}

func (s *sightings) await(ctx context.Context, ticket string) (time.Time, bool) {
	it := s.of(ticket)
	select {
	case <-it.seen:
		return it.at, true
	case <-ctx.Done():
		return time.Time{}, false
	}
}
