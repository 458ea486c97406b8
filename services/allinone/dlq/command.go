// Package dlq is `linli dlq`: it shows the messages that consumers gave up, and sends them again once their cause is mended.
package dlq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/host"
)

// Exit codes.
const (
	exitFailed = 1 // the broker did not answer, or not all letters were sent
	exitUsage  = 2 // a flag or a condition cannot be used
)

// limit is how long the broker may take to show what it has.
const limit = time.Minute

// Command is `linli dlq`. Mount it in a kong grammar.
type Command struct {
	List    List    `cmd:"" help:"List dead letters, the oldest first within a topic."`
	Show    Show    `cmd:"" help:"Show one dead letter with its payload."`
	Redrive Redrive `cmd:"" help:"Send dead letters to their topic again, for their group alone."`
}

// broker says whose dead letters are meant.
type broker struct {
	Company string   `default:"demo" env:"LINLI_COMPANY" help:"Company whose messages they are."`
	Brokers []string `default:"" env:"LINLI_BROKERS" help:"Kafka brokers; empty: the embedded broker of the process that runs on --data."`
	Dir     string   `name:"brokers-dir" default:"" env:"LINLI_BROKERS_DIR" help:"Folder with how to get into Kafka, as for serve." type:"path"`
	Login   string   `name:"brokers-login" default:"scram-sha-512" enum:"scram-sha-512,scram-sha-256,plain" env:"LINLI_BROKERS_LOGIN" help:"How to sign in to Kafka: ${enum}."`
	Data    string   `default:"data" env:"LINLI_DATA" help:"Data folder of a process with an embedded broker." type:"path"`
}

// chosen says which letters are meant, and how they are shown.
type chosen struct {
	broker `embed:""`

	Where  []string `sep:"none" placeholder:"CONDITION" help:"Only letters that meet it: field=value, field!=value or field~part of it. Give several: all must be met. Fields: ${fields}."`
	Output string   `short:"o" default:"table" enum:"table,json" help:"How to print: ${enum}."`
}

// Vars are the names that the help of the commands needs.
func Vars() map[string]string { return map[string]string{"fields": strings.Join(fieldNames(), ", ")} }

// List is `linli dlq list`.
type List struct {
	chosen `embed:""`
}

// Show is `linli dlq show`.
type Show struct {
	broker `embed:""`

	Letter string `arg:"" help:"Name of the letter as list tells it: group/topic/offset."`
	Output string `short:"o" default:"table" enum:"table,json" help:"How to print: ${enum}."`
}

// Redrive is `linli dlq redrive`.
type Redrive struct {
	chosen `embed:""`

	All    bool    `help:"Send all letters that were not sent again yet; without it a condition is needed."`
	Rate   float64 `default:"50" help:"Letters a second."`
	DryRun bool    `help:"Only say what would be sent."`
}

// usage is an error of who typed the command; others are ours, or the broker's.
type usage struct{ error }

// exitError carries an exit code to whoever ends the process.
type exitError struct {
	error
	code int
}

// ExitCode makes it a kong.ExitCoder.
func (e exitError) ExitCode() int { return e.code }

// Unwrap gives the error itself.
func (e exitError) Unwrap() error { return e.error }

// Run lists.
func (c *List) Run() error { return root(c.run) }

// Run shows.
func (c *Show) Run() error { return root(c.run) }

// Run redrives.
func (c *Redrive) Run() error { return root(c.run) }

// root gives a command its context, its output and its exit code.
func root(run func(context.Context, io.Writer) error) error {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // a command is a root
	defer release()
	err := run(ctx, os.Stdout)
	var wrong usage
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return exitError{err, exitUsage}
	}
	return exitError{err, exitFailed}
}

func (b broker) config() (bus.Config, error) {
	cfg := bus.Config{Company: b.Company, Brokers: b.Brokers}
	if len(cfg.Brokers) > 0 {
		return cfg, host.BusAccess(&cfg, b.Dir, b.Login)
	}
	address, err := host.EmbeddedBroker(b.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return cfg, usage{fmt.Errorf("no process has run with an embedded broker on %s: give --brokers or --data", b.Data)}
	}
	cfg.Brokers = []string{address}
	return cfg, err
}

func (b broker) letters(ctx context.Context, group string, filters []filter) ([]bus.DeadLetter, error) {
	cfg, err := b.config()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	all, err := bus.ListDeadLetters(ctx, cfg, group)
	if err != nil {
		return nil, err
	}
	var met []bus.DeadLetter
	for _, letter := range all {
		if matches(filters, letter) {
			met = append(met, letter)
		}
	}
	return met, nil
}

func (c *List) run(ctx context.Context, out io.Writer) error {
	filters, err := parseFilters(c.Where)
	if err != nil {
		return err
	}
	letters, err := c.letters(ctx, "", filters)
	if err != nil {
		return err
	}
	return printLetters(out, c.Output, letters)
}

func (c *Show) run(ctx context.Context, out io.Writer) error {
	parts := strings.Split(c.Letter, "/")
	if len(parts) != 3 {
		return usage{fmt.Errorf("%q is no name of a letter: group/topic/offset", c.Letter)}
	}
	letters, err := c.letters(ctx, parts[0], nil)
	if err != nil {
		return err
	}
	for _, letter := range letters {
		if name(letter) == c.Letter {
			return printLetter(out, c.Output, letter)
		}
	}
	return fmt.Errorf("there is no letter %s, or it is no longer kept", c.Letter)
}
