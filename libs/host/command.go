package host

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/alecthomas/kong"
)

// Command is the `serve` command of a set of modules, to be mounted in a kong grammar. After is called once all is ready.
type Command struct {
	Config  `embed:""`
	Plugins kong.Plugins `embed:""`

	After func(ctx context.Context, p *Process) error `kong:"-"`

	modules []built
}

// Serve makes the command that serves modules. It is a value, for kong fills a field that is a pointer with one of its own.
func Serve(modules ...Module) Command {
	c := Command{modules: instances(modules)}
	for _, m := range c.modules {
		c.Plugins = append(c.Plugins, m.config)
	}
	return c
}

// Run serves until SIGTERM or SIGINT, then stops in order. A second signal ends the process at once.
func (c *Command) Run() error {
	ctx, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer release()
	context.AfterFunc(ctx, release)
	p, err := start(ctx, c.Config, c.modules)
	switch {
	case ctx.Err() != nil && p == nil:
		return nil // told to stop before all was ready
	case err != nil:
		return err
	}
	err = c.watch(ctx, p)
	p.Stop()
	return err
}

// watch runs After and returns when it is time to stop; After has then ended, for it works with what Stop closes.
func (c *Command) watch(ctx context.Context, p *Process) error {
	ctx, cancel := context.WithCancel(ctx)
	var after sync.WaitGroup
	defer after.Wait()
	defer cancel()
	failed := make(chan error, 1)
	if c.After != nil {
		after.Go(func() {
			if err := c.After(ctx, p); err != nil && ctx.Err() == nil {
				failed <- err
			}
		})
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	case err := <-p.Failed():
		return err
	}
}

// Main is the whole of a service's main function.
func Main(modules ...Module) {
	serve := Serve(modules...)
	kong.Parse(&serve, Options(modules[0].Name, fmt.Sprintf("The %s service of Linli 邻里.", modules[0].Name))...)
	if err := serve.Run(); err != nil {
		fmt.Fprintln(os.Stderr, modules[0].Name+":", err)
		os.Exit(1)
	}
}

// Options are the conventions of every command line of the platform. Exit codes: 0 done, 1 failed, 2 wrong usage.
func Options(name, description string) []kong.Option {
	return []kong.Option{
		kong.Name(name), kong.Description(description), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(code int) {
			if code != 0 { // kong says 1 or 80 for wrong usage
				code = 2
			}
			os.Exit(code)
		}),
	}
}
