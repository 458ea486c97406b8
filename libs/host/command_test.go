package host_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"syscall"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/linlihub/linli/libs/host"
)

// command is `serve` as a command line would fill it.
func command(t *testing.T, modules []host.Module, after func(context.Context, *host.Process) error) *host.Command {
	t.Helper()
	serve := host.Serve(modules...)
	serve.After = after
	parser, err := kong.New(&serve, host.Options("test", "")...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(arguments(t.TempDir())); err != nil {
		t.Fatal(err)
	}
	return &serve
}

// TestTheCommandServesUntilItIsTold by a real signal. What runs beside it has ended before anything is closed.
func TestTheCommandServesUntilItIsTold(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		ended, address := false, ""
		serve := command(t, serving(nobody), func(ctx context.Context, p *host.Process) error {
			address = "http://" + p.Address()
			if status, body := get(t, address+"/readyz"); status != http.StatusOK {
				t.Errorf("After is called before it is ready: %d %s", status, body)
			}
			if err := syscall.Kill(os.Getpid(), signal); err != nil {
				t.Error(err)
			}
			<-ctx.Done()
			if status, body := get(t, address+"/healthz"); status != http.StatusOK {
				t.Errorf("closed under the feet of After: %d %s", status, body)
			}
			ended = true
			return ctx.Err()
		})
		if err := serve.Run(); err != nil || !ended {
			t.Errorf("%v: %v, After ended: %v", signal, err, ended)
		}
		if status, _ := get(t, address+"/healthz"); status != 0 {
			t.Error("it still serves")
		}
	}
}

func TestTheCommandFailsWithWhatFailed(t *testing.T) {
	broken := errors.New("cannot fill the demo")
	serve := command(t, serving(nobody), func(context.Context, *host.Process) error { return broken })
	if err := serve.Run(); !errors.Is(err, broken) {
		t.Errorf("After failed, and the command says %v", err)
	}
	if err := command(t, []host.Module{failing()}, nil).Run(); err == nil || err.Error() != "unit bad watcher: no table" {
		t.Errorf("a unit failed, and the command says %v", err)
	}
	later := make(chan struct{})
	module := host.Define("worker", func(e *host.Env, _ nothing) error {
		e.Run("watcher", func(_ context.Context, ready func()) error {
			ready()
			<-later
			return errors.New("lost its lease")
		})
		return nil
	})
	serve = command(t, []host.Module{module}, func(ctx context.Context, _ *host.Process) error {
		close(later)
		<-ctx.Done() // a failure ends what runs beside it, too
		return nil
	})
	if err := serve.Run(); err == nil || err.Error() != "unit worker watcher: lost its lease" {
		t.Errorf("a unit failed later, and the command says %v", err)
	}
}
