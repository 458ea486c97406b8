package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// stage orders units: they start from the first stage to the last and stop from the last to the first, so that no unit
// ever works without the ones it leans on.
type stage int

const (
	// stageRelay publishes what the others wrote; it stops after them to send their last events.
	stageRelay stage = iota
	// stageWork reacts to events and watches deadlines.
	stageWork
	// stageEdge takes calls from outside.
	stageEdge
	stages
)

// stopCap bounds how long the units of one stage may take to finish what is in flight.
const stopCap = 20 * time.Second

// Unit is something that runs for as long as the process does. It calls ready once when it serves, and returns soon after
// ctx is cancelled. An error, or a return before that, stops the process.
type Unit func(ctx context.Context, ready func()) error

type unit struct {
	name string
	run  Unit
}

// runner starts and stops units stage by stage.
type runner struct {
	log   *slog.Logger
	units [stages][]unit

	cancel [stages]context.CancelFunc
	done   [stages]sync.WaitGroup
	failed chan error
}

func newRunner(log *slog.Logger) *runner { return &runner{log: log, failed: make(chan error, 1)} }

func (r *runner) add(s stage, name string, run Unit) {
	r.units[s] = append(r.units[s], unit{name, run})
}

// start runs every stage and returns when all units are ready, or the first has failed.
func (r *runner) start(ctx context.Context) error {
	for s := range stages {
		var stageCtx context.Context
		// Units outlive the caller's cancellation: stop ends them in order.
		stageCtx, r.cancel[s] = context.WithCancel(context.WithoutCancel(ctx))
		for _, ready := range r.launch(stageCtx, s) {
			select {
			case <-ready:
			case err := <-r.failed:
				return err
			case <-ctx.Done():
				return fmt.Errorf("start: %w", ctx.Err())
			}
		}
	}
	return nil
}

func (r *runner) launch(ctx context.Context, s stage) []<-chan struct{} {
	var waits []<-chan struct{}
	for _, u := range r.units[s] {
		ready, once := make(chan struct{}), sync.Once{}
		waits = append(waits, ready)
		r.done[s].Go(func() {
			err := u.run(ctx, func() { once.Do(func() { close(ready) }) })
			if ctx.Err() == nil {
				r.fail(u.name, err)
			} else if err != nil && !errors.Is(err, context.Canceled) {
				r.log.Warn("unit stopped with an error", "unit", u.name, "error", err)
			}
		})
	}
	return waits
}

func (r *runner) fail(name string, err error) {
	if err == nil {
		err = errors.New("returned before it was told to stop")
	}
	select {
	case r.failed <- fmt.Errorf("unit %s: %w", name, err):
	default: // the first failure is the one that ends the process
	}
}

// stop ends the stages from the last to the first.
func (r *runner) stop() {
	for s := stages - 1; s >= 0; s-- {
		if r.cancel[s] == nil {
			continue
		}
		r.cancel[s]()
		done := make(chan struct{})
		go func() { r.done[s].Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(stopCap):
			r.log.Error("units did not stop in time", "stage", int(s))
		}
	}
}
