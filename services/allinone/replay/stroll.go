package replay

import (
	"context"
	"log/slog"
	"time"

	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
)

// stroll is a ride to where a technician was advised to wait 预置.
type stroll struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// heed lets who has nothing to do follow a new advice, or not. Whoever is asked for something stays where they are.
func (t *technician) heed(ctx context.Context, s *shift, mine *dispatchv1.ListMineResponse) {
	advice := mine.GetAdvice()
	if s.job != nil || len(mine.GetVisits()) > 0 {
		s.stay()
		return
	}
	if advice == nil || s.heard.Equal(advice.GetAt().AsTime()) {
		return
	}
	if s.heard = advice.GetAt().AsTime(); t.mood.of(t.run.Habits.Follow) {
		s.stay()
		s.stroll = t.follow(ctx, advice)
	}
}

// follow rides there, and says so at the place and not before, as on the page.
func (t *technician) follow(ctx context.Context, advice *dispatchv1.Advice) *stroll {
	ctx, cancel := context.WithCancel(ctx)
	s := &stroll{cancel: cancel, done: make(chan struct{})}
	draw := newChance(t.run.Seed, t.employee.Username()+advice.GetAt().AsTime().String())
	t.run.crew.Go(func() {
		defer close(s.done)
		defer cancel()
		if t.ride(ctx, advice.GetPoint(), draw, func() {}) != nil {
			return
		}
		t.run.tally.do(func() { t.run.tally.followed++ })
		if _, err := t.position.Report(ctx, &dispatchv1.ReportPositionRequest{Point: t.at}); err != nil && ctx.Err() == nil {
			t.log.DebugContext(ctx, "it was not taken that somebody waits where advised", slog.Any("err", err))
		}
	})
	return s
}

// stay ends the ride where it is.
func (s *shift) stay() {
	if s.stroll != nil {
		s.stroll.cancel()
		<-s.stroll.done
		s.stroll = nil
	}
}

// lull is how long, on the wall, until the visits are looked at although nothing was heard. No event tells of an advice: who has
// nothing in hand looks every half minute, as the page does.
func (t *technician) lull(s *shift) time.Duration {
	const page = 30 * time.Second
	if s.job != nil {
		return 2 * look
	}
	return min(2*look, max(reportEveryWall, time.Duration(float64(page)/t.run.clock.Speed())))
}
