package host

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
)

// journal is what happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) write(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) read() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.lines)
}

// unit starts, is ready, and stops when it is told to.
func (j *journal) unit(name string) Unit {
	return func(ctx context.Context, ready func()) error {
		j.write("start " + name)
		ready()
		<-ctx.Done()
		j.write("stop " + name)
		return nil
	}
}

func quietRunner() *runner { return newRunner(slog.New(slog.DiscardHandler)) }

func TestRelaysStartFirstAndStopLast(t *testing.T) {
	j, r := &journal{}, quietRunner()
	r.add(stageEdge, "edge", j.unit("edge")) // added in any order
	r.add(stageRelay, "relay", j.unit("relay"))
	r.add(stageWork, "work", j.unit("work"))
	if err := r.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.stop()
	want := []string{"start relay", "start work", "start edge", "stop edge", "stop work", "stop relay"}
	if got := j.read(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	r.stop() // a second time does nothing
}

// TestAStageWaitsForTheOneBefore: a unit that is slow to get ready holds up the next stage, not its own.
func TestAStageWaitsForTheOneBefore(t *testing.T) {
	j, r := &journal{}, quietRunner()
	other := make(chan struct{})
	r.add(stageRelay, "slow", func(ctx context.Context, ready func()) error {
		<-other // only ready once its neighbour runs
		j.write("slow is ready")
		ready()
		ready() // twice is no harm
		<-ctx.Done()
		return ctx.Err()
	})
	r.add(stageRelay, "neighbour", func(ctx context.Context, ready func()) error {
		ready()
		close(other)
		<-ctx.Done()
		return nil
	})
	r.add(stageWork, "work", j.unit("work"))
	if err := r.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.stop()
	if got, want := j.read(), []string{"slow is ready", "start work", "stop work"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAUnitThatFailsAtTheStartEndsIt(t *testing.T) {
	broken := errors.New("no such table")
	for name, c := range map[string]struct {
		fail Unit
		want string
	}{
		"with an error": {func(context.Context, func()) error { return broken }, "unit bad: no such table"},
		"by returning":  {func(context.Context, func()) error { return nil }, "unit bad: returned before it was told to stop"},
	} {
		j, r := &journal{}, quietRunner()
		r.add(stageRelay, "relay", j.unit("relay"))
		r.add(stageWork, "bad", c.fail)
		r.add(stageEdge, "edge", j.unit("edge"))
		if err := r.start(t.Context()); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		r.stop()
		if got, want := j.read(), []string{"start relay", "stop relay"}; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestAUnitThatFailsLaterIsTold(t *testing.T) {
	r := quietRunner()
	now := make(chan struct{})
	for range 3 {
		r.add(stageWork, "bad", func(_ context.Context, ready func()) error {
			ready()
			<-now
			return errors.New("lost its lease")
		})
	}
	if err := r.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(now)
	if err := <-r.failed; err == nil || err.Error() != "unit bad: lost its lease" {
		t.Errorf("got %v", err)
	}
	r.stop()
}

func TestAStartThatIsGivenUp(t *testing.T) {
	r := quietRunner()
	ctx, cancel := context.WithCancel(t.Context())
	r.add(stageWork, "never ready", func(ctx context.Context, _ func()) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	if err := r.start(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	r.stop()
}

// TestAnErrorWhileStoppingIsNoFailure: it is told, but the process ends well.
func TestAnErrorWhileStoppingIsNoFailure(t *testing.T) {
	var log strings.Builder
	r := newRunner(slog.New(slog.NewTextHandler(&log, nil)))
	r.add(stageWork, "grumbler", func(ctx context.Context, ready func()) error {
		ready()
		<-ctx.Done()
		return errors.New("could not say goodbye")
	})
	r.add(stageWork, "polite", func(ctx context.Context, ready func()) error {
		ready()
		<-ctx.Done()
		return ctx.Err()
	})
	if err := r.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.stop()
	select {
	case err := <-r.failed:
		t.Errorf("got %v", err)
	default:
	}
	if text := log.String(); !strings.Contains(text, "could not say goodbye") || strings.Contains(text, "polite") {
		t.Errorf("the log is %s", text)
	}
}
