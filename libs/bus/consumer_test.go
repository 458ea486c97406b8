package bus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	"github.com/linlihub/linli/libs/fault"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

func TestRestartContinuesWhereItStopped(t *testing.T) {
	in := newInbox()
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": in.router(t)})
	for round := range 3 {
		stop := b.Consume(t, "dispatch", in.router(t))
		for n := range 50 {
			b.Publish(t, opened(t, fmt.Sprint("k", n%5), round*10+n/5))
		}
		in.wait(t, (round+1)*50)
		stop()
	}
	in.checkOrder(t, 5, 30)
	if in.again != 0 {
		t.Errorf("%d events came again after an orderly stop", in.again)
	}
}

func TestTransientFailureIsTriedAgainAndOthersGoOn(t *testing.T) {
	in := newInbox()
	var down atomic.Bool
	down.Store(true)
	r := bus.NewRouter()
	bus.Handle(r, func(_ context.Context, m bus.Message, e *ticketsv1.TicketOpened) error {
		if m.Key == "k0" && down.Load() {
			return fault.Unavailable.With("part", "database")
		}
		in.take(m, number(t, e))
		return nil
	})
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": r})
	quick(&b.Config)
	b.Consume(t, "dispatch", r)
	for n := range 20 {
		for k := range 10 {
			b.Publish(t, opened(t, fmt.Sprint("k", k), n))
		}
	}
	in.wait(t, 180) // all but the key that waits
	down.Store(false)
	in.wait(t, 200)
	in.checkOrder(t, 10, 20)
	if letters := deadLetters(t, b, "dispatch"); len(letters) != 0 {
		t.Errorf("%d dead letters of a failure that passed", len(letters))
	}
}

func TestTooManyWaitingStopsTheReading(t *testing.T) {
	in := newInbox()
	var down atomic.Bool
	var begun atomic.Int64
	down.Store(true)
	r := bus.NewRouter()
	bus.Handle(r, func(_ context.Context, m bus.Message, e *ticketsv1.TicketOpened) error {
		if down.Load() {
			if m.Offset > begun.Load() {
				begun.Store(m.Offset)
			}
			return errors.New("database is down")
		}
		in.take(m, number(t, e))
		return nil
	})
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": r})
	quick(&b.Config)
	b.Config.Window = 16
	b.Consume(t, "dispatch", r)
	var messages []bus.Message
	for n := range 200 {
		messages = append(messages, opened(t, "k0", n), opened(t, "k"+strconv.Itoa(n%40+1), n/40))
	}
	b.Publish(t, messages...)
	eventually(t, "the handler was tried", func() bool { return begun.Load() > 0 })
	if got := begun.Load(); got > 16 {
		t.Errorf("offset %d was tried although 16 messages before it wait", got)
	}
	down.Store(false)
	in.wait(t, 400)
}

func TestStopFinishesWhatRunsAndCommits(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	var handled atomic.Int64
	r := bus.NewRouter()
	bus.Handle(r, func(ctx context.Context, _ bus.Message, e *ticketsv1.TicketOpened) error {
		if number(t, e) == 0 && handled.Load() == 0 {
			close(begun)
			<-finish
			if ctx.Err() != nil {
				t.Error("the handler was cut off by the stop")
			}
		}
		handled.Add(1)
		return nil
	})
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": r})
	stopping := make(chan struct{})
	b.Config.Log = slog.New(onMessage{slog.DiscardHandler, "consumer fetches no more; finishing what runs", func() { close(stopping) }})
	stop := b.Consume(t, "dispatch", r)
	b.Config.Log = nil
	b.Publish(t, opened(t, "k0", 0), opened(t, "k0", 1))
	<-begun
	stopped := make(chan struct{})
	go func() {
		stop()
		close(stopped)
	}()
	<-stopping
	select {
	case <-stopped:
		t.Fatal("did not wait for the handler")
	default:
	}
	close(finish)
	<-stopped
	if handled.Load() != 1 {
		t.Errorf("%d events were handled, want only the one that had begun", handled.Load())
	}
	in := newInbox()
	b.Consume(t, "dispatch", in.router(t))
	in.wait(t, 1)
	if in.effects["k0"][0] != 1 {
		t.Errorf("event %d came, want 1: the handled one was committed", in.effects["k0"][0])
	}
}

func TestHungStopEnds(t *testing.T) {
	begun, forEver := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(forEver) })
	r := bus.NewRouter()
	bus.Handle(r, func(context.Context, bus.Message, *ticketsv1.TicketOpened) error {
		close(begun)
		<-forEver
		return nil
	})
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": r})
	b.Config.Drain = 50 * time.Millisecond
	stop := b.Consume(t, "dispatch", r)
	b.Publish(t, opened(t, "k0", 0))
	<-begun
	stop() // hangs, were the limit not kept
}

func TestMetricsShareARegistry(t *testing.T) {
	in := newInbox()
	registry := prometheus.NewPedanticRegistry()
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": in.router(t), "notify": in.router(t)})
	quick(&b.Config)
	b.Config.Registry, b.Config.Stalled = registry, 40*time.Millisecond
	b.Consume(t, "dispatch", in.router(t))
	b.Consume(t, "notify", in.router(t))
	b.Publish(t, opened(t, "k0", 0))
	raw(t, b, "k0", nil, nil)
	eventually(t, "the dead letter and the lag are counted", func() bool {
		all, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		series := map[string]int{}
		for _, family := range all {
			series[family.GetName()] = len(family.GetMetric())
		}
		return series["linli_bus_dead_letters_total"] == 2 && series["linli_bus_lag_messages"] == 4
	})
}
