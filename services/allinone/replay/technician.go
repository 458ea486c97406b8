package replay

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/clock"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/allinone/demo"
)

// technician is one simulated employee in the field. Everything it knows of its visits it asks the server for; events only
// say when to ask. So a break, of the stream or of the server, costs time and nothing else.
type technician struct {
	employee demo.Employee
	run      *run
	client   *client.Client
	visits   dispatchv1.VisitsClient
	tickets  ticketsv1.TicketsClient
	duty     hrv1.DutyClient
	position dispatchv1.PositionsClient
	draw     chance // of the loop in serve, and of it alone
	mood     chance // whether an advice is followed: answers to offers are the same with and without advice
	log      *slog.Logger

	wake chan struct{}
	at   *commonv1.Point // of the job that is being done or the way to where to wait, and of it alone
}

func newTechnician(r *run, e demo.Employee) *technician {
	c := r.Server.As(client.Password(e.Username(), demo.Password))
	return &technician{
		employee: e, run: r, client: c, visits: dispatchv1.NewVisitsClient(c), tickets: ticketsv1.NewTicketsClient(c),
		duty: hrv1.NewDutyClient(c), position: dispatchv1.NewPositionsClient(c), draw: newChance(r.Seed, e.Username()),
		mood: newChance(r.Seed, e.Username()+"/advice"),
		log:  r.log.With(slog.String("staff", e.Username())), wake: make(chan struct{}, 1), at: e.Base(),
	}
}

// live works one shift after the other until ctx ends. The semaphore keeps sign-ins, which cost the server a slow hash
// each, from coming all at once.
func (t *technician) live(ctx context.Context, signIns chan struct{}) error {
	if err := t.signIn(ctx, signIns); err != nil {
		return fmt.Errorf("sign in %s: %w", t.employee.Username(), err)
	}
	for {
		turn := t.employee.NextTurn(t.run.clock.Now())
		if !turn.Covers(t.run.clock.Now()) {
			if err := t.goHome(ctx, turn.Start); err != nil {
				return err
			}
			continue
		}
		if err := t.serve(ctx, turn); err != nil {
			return fmt.Errorf("shift of %s: %w", t.employee.Username(), err)
		}
	}
}

func (t *technician) signIn(ctx context.Context, signIns chan struct{}) error {
	select {
	case signIns <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-signIns }()
	return demo.SignIn(ctx, t.client)
}

// goHome ends a duty that somebody left open, and waits for the next turn.
func (t *technician) goHome(ctx context.Context, next time.Time) error {
	mine, err := t.duty.GetMine(ctx, &hrv1.GetMyDutyRequest{})
	if err == nil && mine.GetOnDuty() {
		_, err = t.duty.End(ctx, &hrv1.EndDutyRequest{})
	}
	if err != nil {
		return err
	}
	return clock.Wait(ctx, t.run.clock, next)
}

// serve works one turn: on duty from its start to its end, or to the end of the job in hand.
func (t *technician) serve(ctx context.Context, turn demo.Turn) error {
	if _, err := t.duty.Start(ctx, &hrv1.StartDutyRequest{Point: t.at}); err != nil {
		return err
	}
	group, onDuty := errgroup.WithContext(ctx)
	onDuty, stop := context.WithCancel(onDuty)
	group.Go(func() error {
		err := t.client.Events(onDuty, client.Stream{
			Path: "/v1/me/events", Opened: t.rouse,
			Handle: func(client.Event) error { t.rouse(); return nil },
		})
		if onDuty.Err() != nil { // the turn is over
			return nil
		}
		return err
	})
	group.Go(func() error {
		defer stop()
		return t.work(onDuty, turn)
	})
	if err := group.Wait(); err != nil {
		return err
	}
	_, err := t.duty.End(ctx, &hrv1.EndDutyRequest{})
	return err
}

// rouse makes the loop look at the visits again.
func (t *technician) rouse() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// shift is the loop's own memory of a turn.
type shift struct {
	turn     demo.Turn
	answered map[string]bool
	job      *job      // nil between jobs
	stroll   *stroll   // to where it was advised to wait; nil: was not, or does not follow
	heard    time.Time // of the last advice, when it was given
}

// work looks at the technician's visits whenever something may have changed.
func (t *technician) work(ctx context.Context, turn demo.Turn) error {
	s := &shift{turn: turn, answered: map[string]bool{}}
	over := t.run.clock.NewTimer(turn.End.Sub(t.run.clock.Now()))
	defer over.Stop()
	defer s.stay()
	for {
		mine, err := t.visits.ListMine(ctx, &dispatchv1.ListMineRequest{})
		if err != nil {
			return err
		}
		if t.step(ctx, s, mine.GetVisits()) {
			return nil
		}
		t.heed(ctx, s, mine)
		lull := t.run.wall.NewTimer(t.lull(s))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.wake:
		case <-s.done():
			s.job = nil
		case <-over.C:
		case <-lull.C:
		}
		lull.Stop()
	}
}

// step answers offers, begins the next job, drops one that was taken away; true ends the turn.
func (t *technician) step(ctx context.Context, s *shift, mine []*dispatchv1.Visit) bool {
	now := t.run.clock.Now()
	over := !now.Before(s.turn.End)
	s.drop(mine)
	for _, v := range mine {
		if v.GetState() == dispatchv1.VisitState_VISIT_STATE_OFFERED && !s.answered[v.GetId()] {
			s.answered[v.GetId()] = true
			t.answer(ctx, v, over)
		}
	}
	if s.job != nil {
		return false
	}
	next := nextVisit(mine, over)
	if next == nil {
		return over
	}
	s.stay()
	s.job = t.begin(ctx, next)
	return false
}

// nextVisit is the one begun before, else the most urgent and then the oldest. After the turn nothing new is begun:
// what was only accepted goes back to the board with the end of duty.
func nextVisit(mine []*dispatchv1.Visit, over bool) *dispatchv1.Visit {
	order := func(v *dispatchv1.Visit) int {
		switch v.GetState() {
		case dispatchv1.VisitState_VISIT_STATE_ON_SITE, dispatchv1.VisitState_VISIT_STATE_PAUSED:
			return 0
		case dispatchv1.VisitState_VISIT_STATE_UNDER_WAY:
			return 1
		case dispatchv1.VisitState_VISIT_STATE_ACCEPTED:
			if over {
				return -1
			}
			return 2 + int(v.GetPriority())
		default:
			return -1
		}
	}
	mine = slices.DeleteFunc(slices.Clone(mine), func(v *dispatchv1.Visit) bool { return order(v) < 0 })
	if len(mine) == 0 {
		return nil
	}
	return slices.MinFunc(mine, func(a, b *dispatchv1.Visit) int {
		if by := order(a) - order(b); by != 0 {
			return by
		}
		return a.GetAcceptedAt().AsTime().Compare(b.GetAcceptedAt().AsTime())
	})
}

// drop ends the job whose visit is no longer ours.
func (s *shift) drop(mine []*dispatchv1.Visit) {
	if s.job != nil && !slices.ContainsFunc(mine, func(v *dispatchv1.Visit) bool { return v.GetId() == s.job.visit }) {
		s.job.cancel()
	}
}

func (s *shift) done() <-chan struct{} {
	if s.job == nil {
		return nil
	}
	return s.job.done
}
