package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/fault"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"golang.org/x/sync/errgroup"

	"github.com/linlihub/linli/e2e/harness"
)

const (
	kills      = 30
	killsShort = 5
	// openers open tickets at the same time, each for residents of its own.
	openers = 4
	// outage is how long a caller goes on trying: longer than the process is ever away.
	outage = time.Minute
)

var district1, district2 = []string{"t1", "t2", "t3", "t4"}, []string{"t5", "t6", "t7", "t8"}

// A power cut at any moment loses no accepted ticket: the real binary is killed again and again while residents open tickets
// and technicians work, and what it then knows is compared with what it answered.
func TestKilledAtAnyMomentNothingIsLost(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	b := harness.StartBinary(t, everybody)
	survive(b.Platform, seed, func() { killOften(b, rand.New(rand.NewPCG(seed, openers))) })
	said := b.Log()
	if strings.Contains(said, "panic") {
		t.Errorf("the process panicked:\n%s", said)
	}
	if number := personal.FindStringSubmatch(said); number != nil {
		t.Errorf("the log shows the number %s", number[1])
	}
}

// everybody signs in, and the technicians begin their duty.
func everybody(p *harness.Platform) {
	p.OnDuty(slices.Concat(district1, district2)...)
	for n := 1; n <= 2*harness.Homes; n++ {
		p.Resident(fmt.Sprintf("p%d", n))
	}
	p.Staff("m1")
}

// survive has residents open tickets and technicians work while harm goes on, and then compares what the platform knows with
// what it answered.
func survive(p *harness.Platform, seed uint64, harm func()) {
	p.T().Helper()
	load := &load{Platform: p, accepted: map[string]string{}, stop: make(chan struct{})}
	callers, calling := errgroup.WithContext(p.T().Context())
	for n := range openers {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		callers.Go(func() error { return load.open(calling, n, r) })
	}
	workers, ctx := errgroup.WithContext(p.T().Context())
	working, over := context.WithCancel(ctx)
	defer over()
	for _, id := range slices.Concat(district1, district2) {
		workers.Go(func() error { return load.work(working, id) })
	}
	harm()
	close(load.stop)
	if err := callers.Wait(); err != nil {
		p.T().Fatal(err)
	}
	load.drain()
	over()
	if err := workers.Wait(); err != nil {
		p.T().Fatal(err)
	}
	load.check()
}

// load is what callers do to the platform, and what it answered them.
type load struct {
	*harness.Platform

	stop chan struct{} // closed when nobody opens any more

	mu       sync.Mutex
	accepted map[string]string // id of the ticket by Idempotency-Key
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

// open opens tickets one after the other, each in another category so that no limit is met, and sends one in four twice.
func (l *load) open(ctx context.Context, n int, r *rand.Rand) error {
	categories := []string{"plumbing", "doors_windows", "hvac", "appliance", "masonry", "cleaning", "greening", "pest"}
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for i := 0; i < len(categories)*2*harness.Homes/openers; i++ {
		select {
		case <-l.stop:
			return nil
		case <-pace.C:
		}
		person := fmt.Sprintf("%d", 1+n+openers*(i%(2*harness.Homes/openers)))
		request := &ticketsv1.OpenRequest{HomeId: "h" + person, Category: categories[i/(2*harness.Homes/openers)], Words: "断电测试", Source: "app"}
		for times := 1 + max(0, r.IntN(4)-2); times > 0; times-- {
			if err := l.openOnce(ctx, person, request); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *load) openOnce(ctx context.Context, person string, request *ticketsv1.OpenRequest) error {
	key := person + "/" + request.GetCategory()
	resident := harness.Tickets(l.Resident("p" + person).With(client.Patience(outage)))
	opened, err := resident.Open(ctx, request, client.Key(key))
	if err != nil {
		return fmt.Errorf("open %s: %w", key, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if before := l.accepted[key]; before != "" && before != opened.GetId() {
		return fmt.Errorf("key %s was answered %s and then %s", key, before, opened.GetId())
	}
	l.accepted[key] = opened.GetId()
	return nil
}

// work is a technician who takes and does whatever is offered, until ctx ends.
func (l *load) work(ctx context.Context, staff string) error {
	visits := harness.Visits(l.Staff(staff).With(client.Patience(outage)))
	pace := time.NewTicker(50 * time.Millisecond)
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
