package tickets

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/store"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/tickets/ticket"
)

func urgent(r *ticketsv1.OpenRequest) { r.Emergency = true }

// escalations answers what was told of a ticket, in the order of its log.
func (d *desk) escalations(id string) (all []ticket.Escalated) {
	d.t.Helper()
	log, err := read(d.t.Context(), d.db, func(ctx context.Context, tx *store.Tx) ([]ticket.Event, error) { return d.rows.Log(ctx, tx, id) })
	must(d.t, err)
	for _, e := range log {
		if escalated, ok := e.(ticket.Escalated); ok {
			all = append(all, escalated)
		}
	}
	return all
}

func percents(all []ticket.Escalated) (levels []int) {
	for _, e := range all {
		levels = append(levels, e.Percent)
	}
	return levels
}

// DOMAIN 3: unassigned is the worst overdue: at 50, 80 and 100 % of the target, in order, each once, the last with an apology.
// P1 answers within 5 minutes, around the clock.
func TestRule3_EscalatesInOrder(t *testing.T) {
	d := newDesk(t)
	d.clock.Advance(14 * time.Hour) // the middle of the night
	id := d.opens("anna", urgent).GetId()
	posted := d.clock.Now()
	for _, step := range []struct {
		after time.Duration
		want  []int
	}{
		{150*time.Second - time.Microsecond, nil},
		{150 * time.Second, []int{50}},
		{4*time.Minute - time.Microsecond, []int{50}},
		{4 * time.Minute, []int{50, 80}},
		{5 * time.Minute, []int{50, 80, 100}},
		{5 * time.Hour, []int{50, 80, 100}},
	} {
		d.clock.Set(posted.Add(step.after))
		if _, err := d.fireDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := percents(d.escalations(id)); !slices.Equal(got, step.want) {
			t.Fatalf("after %v told %v, want %v", step.after, got, step.want)
		}
	}
	for i, e := range d.escalations(id) {
		if e.Apologise != (i == 2) || e.Tell == "" {
			t.Errorf("level %d: told %s, apology %v", e.Percent, e.Tell, e.Apologise)
		}
	}
	if got := d.events(id); !slices.Equal(got, []string{"Opened", "Escalated", "Escalated", "Escalated"}) {
		t.Errorf("told %v", got)
	}
}

// DOMAIN 3: a watcher that slept through everything tells all levels at once, still in order.
func TestRule3_ALateWatcherKeepsTheOrder(t *testing.T) {
	d := newDesk(t)
	id := d.opens("anna", urgent).GetId()
	d.clock.Advance(time.Hour)
	if _, err := d.fireDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := percents(d.escalations(id)); !slices.Equal(got, []int{50, 80, 100}) {
		t.Errorf("told %v", got)
	}
}

// DOMAIN 3: the running watcher wakes by itself, with the clock of the domain.
func TestRule3_TheWatcherWakesByItself(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.watchDeadlines(ctx, func() {}) }()
	d.clock.BlockUntil(1)
	id := d.opens("anna", urgent).GetId()
	const step = 5 * time.Second
	for range 6 * 60 / 5 {
		d.clock.BlockUntil(1)
		d.clock.Advance(step)
	}
	d.clock.BlockUntil(1)
	cancel()
	must(t, <-done)
	told := d.escalations(id)
	if !slices.Equal(percents(told), []int{50, 80, 100}) {
		t.Fatalf("told %v", percents(told))
	}
	for _, e := range told {
		if late := e.At.Sub(e.Due); late < 0 || late > 4*step {
			t.Errorf("level %d was told %v after its time", e.Percent, late)
		}
	}
}

// DOMAIN 3: who is assigned in time escalates no further; whom the technician left, does at once.
func TestRule3_AssignedIsInGoodHands(t *testing.T) {
	d := newDesk(t)
	id := d.opens("anna", urgent).GetId()
	d.clock.Advance(3 * time.Minute)
	fire := func() {
		t.Helper()
		if _, err := d.fireDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	fire()
	d.visits(id, "offer", "accept")
	d.clock.Advance(time.Hour)
	fire()
	if got := percents(d.escalations(id)); !slices.Equal(got, []int{50}) {
		t.Fatalf("told %v while assigned", got)
	}
	d.visits(id, "withdraw")
	fire()
	if got := percents(d.escalations(id)); !slices.Equal(got, []int{50, 80, 100}) {
		t.Errorf("told %v after the technician left", got)
	}
}

// DOMAIN 5: what nobody rates closes by itself, without a rating.
func TestRule5_AutoCloseGivesNoRating(t *testing.T) {
	d := newDesk(t)
	id := d.opens("anna").GetId()
	d.visits(id, "offer", "accept", "depart", "arrive", "finish")
	for _, step := range []struct {
		wait time.Duration
		want ticketsv1.State
	}{
		{72*time.Hour - time.Microsecond, ticketsv1.State_STATE_FINISHED},
		{time.Microsecond, ticketsv1.State_STATE_CLOSED},
	} {
		d.clock.Advance(step.wait)
		if _, err := d.fireDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := d.Get(d.as("anna"), &ticketsv1.GetRequest{Id: id})
		must(t, err)
		if got.GetState() != step.want || len(got.GetRatings()) != 0 {
			t.Errorf("%v with %d ratings, want %v", got.GetState(), len(got.GetRatings()), step.want)
		}
	}
}

// A ticket that cannot be read must not keep the others from escalating.
func TestFireDue_OneBadTicketDoesNotSilenceTheOthers(t *testing.T) {
	d := newDesk(t)
	bad, good := d.opens("anna", urgent).GetId(), d.opens("ben", urgent).GetId()
	must(t, d.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE tickets_ticket SET snapshot = '{' WHERE id = ?`, bad)
		return err
	}))
	d.clock.Advance(time.Hour)
	if _, err := d.fireDue(t.Context()); err == nil {
		t.Error("nobody hears of the bad one")
	}
	if got := percents(d.escalations(good)); !slices.Equal(got, []int{50, 80, 100}) {
		t.Errorf("of the good one is told %v", got)
	}
}
