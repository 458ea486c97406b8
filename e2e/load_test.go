package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/fault"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/linlihub/linli/e2e/harness"
)

// categories that a home may have something broken in at the same time.
var categories = []string{"plumbing", "doors_windows", "hvac", "appliance", "masonry", "cleaning", "greening", "pest"}

// outage is how long a caller goes on trying: longer than any part is ever away.
const outage = 3 * time.Minute

// pace is what a load asks, however the platform answers.
type pace struct {
	ticketRate, readRate int // a second
	lookRate             int // of all technicians together
	districts            int
	technicians          int // at least
	seed                 uint64
	length               time.Duration // of a long run; 0 is a short one
}

// paceOf reads the settings of a soak; without them a run is short.
func paceOf(t testing.TB) pace {
	return pace{
		ticketRate: setting(t, "LINLI_SOAK_TICKETS", 10), readRate: setting(t, "LINLI_SOAK_READS", 40),
		lookRate: setting(t, "LINLI_SOAK_LOOKS", 160), districts: 2,
		seed:   uint64(setting(t, "LINLI_SOAK_SEED", int(time.Now().UnixNano()))),
		length: time.Duration(setting(t, "LINLI_SOAK_MINUTES", 0)) * time.Minute,
	}
}

func setting(t testing.TB, name string, otherwise int) int {
	value := os.Getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		t.Fatalf("%s=%q is not a number", name, value)
	}
	return n
}

// residents is how many people it takes to open tickets for that long: each has something broken in each category once.
func (p pace) residents() int {
	if p.length == 0 {
		return 2 * harness.Homes
	}
	const spare = time.Minute // a fault takes a little more than its own length
	return max(2*harness.Homes, p.ticketRate*int((p.length+spare).Seconds())/len(categories))
}

// callers are those of the residents who open tickets: in a community of many districts only people of the crowd, which lives in
// all of them alike.
func (p pace) callers() (first, people int) {
	if p.districts > 2 {
		first = 2 * harness.Homes
	}
	return first, p.residents() - first
}

// crew is the technicians whom that takes: none does more than so many visits a day.
func (p pace) crew() (ids []string) {
	n := max(2*harness.Technicians, p.residents()*len(categories)/harness.DailyCap+2*harness.Technicians)
	if p.length == 0 {
		n = 2 * harness.Technicians
	}
	for i := range max(n, p.technicians) {
		ids = append(ids, fmt.Sprintf("t%d", i+1))
	}
	return ids
}

// load is what callers do to the platform, and the journal of it.
type load struct {
	*harness.Platform
	*journal
	pace
}

// begin has everybody sign in over all gateways, the technicians begin their duty, and followers follow.
func begin(p *harness.Platform, pace pace) *load {
	l := &load{Platform: p, journal: newJournal(), pace: pace}
	p.T().Logf("seed %d, %d tickets/s, %d reads/s", pace.seed, pace.ticketRate, pace.readRate)
	p.Over(l.journal.note)
	if pace.districts > 2 {
		p.Widen(pace.districts)
	}
	p.Crowd(pace.residents(), pace.districts)
	p.Crew(len(pace.crew()), pace.districts)
	p.OnDuty(pace.crew()...)
	for n := 1; n <= pace.residents(); n++ {
		p.Resident(fmt.Sprintf("p%d", n))
	}
	l.manager()
	return l
}

// manager is the client of whoever sees all districts.
func (l *load) manager() *client.Client {
	if l.districts > 2 {
		return l.Staff("m9")
	}
	return l.Staff("m1")
}

// areas are the ids of the districts.
func (p pace) areas() (ids []string) {
	for d := range p.districts {
		ids = append(ids, fmt.Sprintf("d%d", d+1))
	}
	return ids
}

// survive lets residents open and read tickets and technicians work while harm goes on, and then compares what the platform
// knows with what it answered.
func (l *load) survive(harm func(r *rand.Rand)) {
	l.T().Helper()
	following, hangUp := context.WithCancel(l.T().Context())
	defer hangUp()
	var followers sync.WaitGroup
	for _, district := range l.areas() {
		followers.Go(func() { l.follow(following, district) })
	}
	workers, ctx := errgroup.WithContext(l.T().Context())
	working, over := context.WithCancel(ctx)
	defer over()
	for _, id := range l.crew() {
		workers.Go(func() error {
			err := l.work(working, id)
			if err != nil { // told at once: without them nothing ends
				l.T().Error(err)
			}
			return err
		})
	}
	calling, enough := context.WithCancel(l.T().Context())
	var callers errgroup.Group
	callers.Go(func() error { return openLoop(calling, l.ticketRate, l.open) })
	callers.Go(func() error { return openLoop(calling, l.readRate, l.read) })
	harm(rand.New(rand.NewPCG(l.seed, 0)))
	enough()
	if err := callers.Wait(); err != nil {
		l.T().Fatal(err)
	}
	l.drain()
	over()
	if err := workers.Wait(); err != nil {
		l.T().Fatal(err)
	}
	l.check()
	hangUp()
	followers.Wait()
}

// openLoop begins calls at a constant rate until ctx ends, however long they take, and returns when all have ended. A call
// gets the instant at which it was due, and is not cut off by the end of ctx.
func openLoop(ctx context.Context, rate int, do func(ctx context.Context, n int, due time.Time) error) error {
	var flying errgroup.Group
	began, timer := time.Now(), time.NewTimer(0)
	defer timer.Stop()
	for n := 0; rate > 0; n++ {
		due := began.Add(time.Duration(n) * time.Second / time.Duration(rate))
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return flying.Wait()
		case <-timer.C:
		}
		flying.Go(func() error { return do(context.WithoutCancel(ctx), n, due) })
	}
	return nil
}

// open opens a ticket, each of a resident in another category so that no limit is met, and sends one in four twice.
func (l *load) open(ctx context.Context, n int, due time.Time) error {
	first, people := l.callers()
	if n >= people*len(categories) {
		return nil // everything is broken everywhere
	}
	r := rand.New(rand.NewPCG(l.seed, uint64(n)))
	person, category := strconv.Itoa(1+first+n%people), categories[n/people]
	request := &ticketsv1.OpenRequest{HomeId: "h" + person, Category: category, Words: "断电测试", Source: "app"}
	key := person + "/" + category
	resident := harness.Tickets(l.Resident("p" + person).With(client.Patience(outage)))
	for times := 1 + max(0, r.IntN(4)-2); times > 0; times-- {
		var header metadata.MD
		opened, err := resident.Open(ctx, request, client.Key(key), grpc.Header(&header))
		if err != nil {
			return fmt.Errorf("open %s: %w", key, err)
		}
		if err := l.answered(key, opened.GetId(), strings.Join(header.Get("Trace-Id"), ""), due); err != nil {
			return err
		}
	}
	return nil
}

// read looks at a ticket that was answered, as its resident does.
func (l *load) read(ctx context.Context, n int, due time.Time) error {
	key, id := l.any(n)
	if id == "" {
		return nil
	}
	person, _, _ := strings.Cut(key, "/")
	t, err := harness.Tickets(l.Resident("p"+person).With(client.Patience(outage))).Get(ctx, &ticketsv1.GetRequest{Id: id})
	if err != nil {
		return fmt.Errorf("read %s: %w", id, err)
	}
	if t.GetId() != id {
		return fmt.Errorf("asked for %s and got %s", id, t.GetId())
	}
	l.looked(due)
	return nil
}

// work is a technician who takes and does whatever is offered, until ctx ends.
func (l *load) work(ctx context.Context, staff string) error {
	visits := harness.Visits(l.Staff(staff).With(client.Patience(outage)))
	pace := time.NewTicker(time.Duration(len(l.crew())) * time.Second / time.Duration(max(1, l.lookRate)))
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-pace.C:
		}
		mine, err := visits.ListMine(ctx, &dispatchv1.ListMineRequest{})
		for _, v := range mine.GetVisits() {
			if err == nil {
				err = advance(ctx, visits, v)
			}
		}
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("%s: %w", staff, err)
		}
	}
}

// advance takes a visit one step on. That it has changed meanwhile is no mistake.
func advance(ctx context.Context, visits dispatchv1.VisitsClient, v *dispatchv1.Visit) (err error) {
	key := client.Key(v.GetId() + v.GetState().String())
	switch v.GetState() {
	case dispatchv1.VisitState_VISIT_STATE_OFFERED:
		_, err = visits.Accept(ctx, &dispatchv1.AcceptRequest{Id: v.GetId()}, key)
	case dispatchv1.VisitState_VISIT_STATE_ACCEPTED:
		_, err = visits.Depart(ctx, &dispatchv1.DepartRequest{Id: v.GetId()}, key)
	case dispatchv1.VisitState_VISIT_STATE_UNDER_WAY:
		_, err = visits.Arrive(ctx, &dispatchv1.ArriveRequest{Id: v.GetId()}, key)
	case dispatchv1.VisitState_VISIT_STATE_ON_SITE:
		_, err = visits.Finish(ctx, &dispatchv1.FinishRequest{Id: v.GetId()}, key)
	default:
	}
	if errors.Is(err, fault.Conflict) {
		return nil
	}
	return err
}
