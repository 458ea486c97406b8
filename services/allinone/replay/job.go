package replay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/fault"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// answer accepts or declines an offer after a moment of thought, in its own time.
func (t *technician) answer(ctx context.Context, v *dispatchv1.Visit, over bool) {
	think := t.draw.around(t.run.Habits.Reaction, .6)
	decline, reason := t.draw.of(t.run.Habits.Decline), declines[t.draw.IntN(len(declines))]
	if over {
		think, decline, reason = 0, true, "已到交班时间"
	}
	// A person is quick enough for an offer of minutes; a demo may run so fast that only a reflex is.
	reflex := time.Duration(t.run.clock.Speed() * float64(100*time.Millisecond))
	left := v.GetOfferExpiresAt().AsTime().Sub(t.run.clock.Now()) - reflex
	think = max(min(think, left), 0)
	t.run.crew.Go(func() {
		defer t.rouse()
		if clock.Wait(ctx, t.run.clock, t.run.clock.Now().Add(think)) != nil {
			return
		}
		if err := t.reply(ctx, v, decline, reason); err != nil && ctx.Err() == nil && !overtaken(err) {
			t.log.WarnContext(ctx, "an offer could not be answered", slog.String("visit", v.GetId()), slog.Any("err", err))
		}
	})
}

func (t *technician) reply(ctx context.Context, v *dispatchv1.Visit, decline bool, reason string) error {
	if !decline {
		_, err := t.visits.Accept(ctx, &dispatchv1.AcceptRequest{Id: v.GetId()})
		return err
	}
	_, err := t.visits.Decline(ctx, &dispatchv1.DeclineRequest{Id: v.GetId(), Reason: reason})
	if err == nil {
		t.run.tally.do(func() { t.run.tally.declined++ })
	}
	return err
}

// overtaken says that the state of the thing has moved on: another was first, the offer has lapsed, the visit was
// withdrawn, or an event is still on its way.
func overtaken(err error) bool {
	switch fault.KindOf(err) {
	case fault.Conflict, fault.NotFound, fault.Stale, fault.Unprocessable:
		return true
	case fault.Internal, fault.Invalid, fault.Unauthenticated, fault.Denied, fault.NotAllowed, fault.TooLarge, fault.Required,
		fault.Exhausted, fault.Unavailable, fault.Timeout:
		return false
	}
	return false
}

// job is one visit being done.
type job struct {
	technician *technician
	visit      string
	cancel     context.CancelFunc
	done       chan struct{}
	draw       chance
	// knocked says that it is known whether somebody is at home.
	knocked bool
}

func (t *technician) begin(ctx context.Context, v *dispatchv1.Visit) *job {
	ctx, cancel := context.WithCancel(ctx)
	j := &job{
		technician: t, visit: v.GetId(), cancel: cancel, done: make(chan struct{}),
		draw: newChance(t.run.Seed, fmt.Sprintf("%s/%d/%t", t.run.tally.nameOf(v.GetTicketId()), v.GetCycle(), v.GetSecond())),
	}
	t.run.crew.Go(func() {
		defer close(j.done)
		defer cancel()
		if err := j.run(ctx, v); err != nil && ctx.Err() == nil {
			t.log.WarnContext(ctx, "a visit was given up", slog.String("visit", j.visit), slog.Any("err", err))
		}
	})
	return j
}

// stubborn is how often in a row a step may be refused before the visit is looked at anew from the list.
const stubborn = 12

// run takes the visit from where it stands to its end. A refused step is asked about: an event may not have arrived yet, or
// somebody else has changed the visit.
func (j *job) run(ctx context.Context, v *dispatchv1.Visit) error {
	pause, refused := 10*time.Millisecond, 0
	for {
		next, err := j.step(ctx, v)
		if err == nil {
			if v = next; v == nil {
				return nil
			}
			pause, refused = 10*time.Millisecond, 0
			continue
		}
		if refused++; ctx.Err() != nil || !overtaken(err) || refused > stubborn {
			return err
		}
		if err := clock.Wait(ctx, j.wall(), j.wall().Now().Add(pause)); err != nil {
			return err
		}
		pause = min(2*pause, time.Second)
		if v, err = j.technician.visits.Get(ctx, &dispatchv1.GetRequest{Id: j.visit}); err != nil {
			return fmt.Errorf("look at visit: %w", err)
		}
	}
}

// step does what the visit's state asks for; nil is the end.
func (j *job) step(ctx context.Context, v *dispatchv1.Visit) (*dispatchv1.Visit, error) {
	visits := j.technician.visits
	switch v.GetState() {
	case dispatchv1.VisitState_VISIT_STATE_ACCEPTED:
		if err := j.take(ctx, j.habits().Prepare); err != nil {
			return nil, err
		}
		return visits.Depart(ctx, &dispatchv1.DepartRequest{Id: j.visit})
	case dispatchv1.VisitState_VISIT_STATE_UNDER_WAY:
		if err := j.travel(ctx, v.GetPlace().GetPoint()); err != nil {
			return nil, err
		}
		return visits.Arrive(ctx, &dispatchv1.ArriveRequest{Id: j.visit})
	case dispatchv1.VisitState_VISIT_STATE_ON_SITE:
		return j.workOn(ctx, v)
	case dispatchv1.VisitState_VISIT_STATE_PAUSED:
		return j.waitAndResume(ctx, v)
	default:
		return nil, nil
	}
}

// workOn does the work, unless nobody opens the door. Who only came along stays as long as the first does.
func (j *job) workOn(ctx context.Context, v *dispatchv1.Visit) (*dispatchv1.Visit, error) {
	if v.GetSecond() { // the first says when the work is done; the visit is then no longer ours
		<-ctx.Done()
		return nil, nil
	}
	absent := !j.knocked && j.draw.of(j.habits().Absent)
	j.knocked = true
	if absent {
		if err := j.pause(ctx, v); err != nil {
			return nil, err
		}
		return j.waitAndResume(ctx, v)
	}
	usual := time.Duration(v.GetStandardMinutes()) * time.Minute
	if usual == 0 {
		usual = 30 * time.Minute
	}
	if err := j.take(ctx, usual*4/5); err != nil {
		return nil, err
	}
	return j.technician.visits.Finish(ctx, &dispatchv1.FinishRequest{
		Id: j.visit, Words: doneWords[j.draw.IntN(len(doneWords))], Materials: materials[j.draw.IntN(len(materials))],
	})
}

// pause stops the ticket's clock: the resident is not there, or lets nobody in.
func (j *job) pause(ctx context.Context, v *dispatchv1.Visit) error {
	reason := ticketsv1.PauseReason_PAUSE_REASON_WAITING_RESIDENT
	if j.draw.of(.3) {
		reason = ticketsv1.PauseReason_PAUSE_REASON_ACCESS_REFUSED
	}
	words := absentWords[j.draw.IntN(len(absentWords))]
	tickets := j.technician.tickets
	err := j.change(ctx, v, func(etag string) error {
		_, err := tickets.Pause(ctx, &ticketsv1.PauseRequest{Id: v.GetTicketId(), Reason: reason, Words: words}, client.IfMatch(etag))
		return err
	})
	if err == nil {
		j.technician.run.tally.do(func() { j.technician.run.tally.absent++ })
	}
	return err
}

// waitAndResume comes back after a while. The board hears of it by an event, a moment later; until then the visit may still
// look paused.
func (j *job) waitAndResume(ctx context.Context, v *dispatchv1.Visit) (*dispatchv1.Visit, error) {
	if err := j.take(ctx, j.habits().Wait); err != nil {
		return nil, err
	}
	tickets := j.technician.tickets
	err := j.change(ctx, v, func(etag string) error {
		_, err := tickets.Resume(ctx, &ticketsv1.ResumeRequest{Id: v.GetTicketId()}, client.IfMatch(etag))
		return err
	})
	if err != nil && fault.CodeOf(err) != "tickets.not_paused" {
		return nil, err
	}
	return j.workOn(ctx, v)
}

// change does something to the ticket as it is now: with its etag, and again when somebody was quicker. The ticket hears of
// the visit by events, so what it refuses now it may take in a moment.
func (j *job) change(ctx context.Context, v *dispatchv1.Visit, do func(etag string) error) error {
	pause := 10 * time.Millisecond
	for {
		ticket, err := j.technician.tickets.Get(ctx, &ticketsv1.GetRequest{Id: v.GetTicketId()})
		if err == nil {
			err = do(ticket.GetEtag())
		}
		stale := errors.Is(err, fault.Stale) || fault.CodeOf(err) == "tickets.not_pausable" || fault.CodeOf(err) == "tickets.pause_too_early"
		if err == nil || !stale || pause > time.Second {
			return err
		}
		if err := clock.Wait(ctx, j.wall(), j.wall().Now().Add(pause)); err != nil {
			return err
		}
		pause *= 2
	}
}

// take lets about so much time pass.
func (j *job) take(ctx context.Context, usual time.Duration) error {
	c := j.technician.run.clock
	return clock.Wait(ctx, c, c.Now().Add(j.draw.around(usual, .35)))
}

func (j *job) habits() Habits    { return j.technician.run.Habits }
func (j *job) wall() clock.Clock { return j.technician.run.wall }
