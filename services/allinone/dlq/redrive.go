package dlq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/linlihub/linli/libs/bus"
)

// run sends what is meant, oldest first, at the rate that is wanted. Letters that were sent again before are left out,
// unless a condition asks for them.
func (c *Redrive) run(ctx context.Context, out io.Writer) error {
	filters, err := parseFilters(c.Where)
	switch {
	case err != nil:
		return err
	case len(filters) == 0 && !c.All:
		return usage{errors.New("say which letters: --where, or --all")}
	case c.Rate <= 0:
		return usage{errors.New("--rate must be above zero")}
	}
	if !slices.ContainsFunc(filters, func(f filter) bool { return f.field == "redriven" }) {
		filters = append(filters, filter{field: "redriven", compare: "=", value: "false"})
	}
	letters, err := c.letters(ctx, "", filters)
	if err != nil {
		return err
	}
	if !c.DryRun {
		if err := c.send(ctx, letters); err != nil {
			return err
		}
	}
	if err := printLetters(out, c.Output, letters); err != nil || c.Output != "table" {
		return err
	}
	said := "sent again"
	if c.DryRun {
		said = "would be sent again"
	}
	_, err = fmt.Fprintf(out, "%d %s\n", len(letters), said)
	return err
}

func (c *Redrive) send(ctx context.Context, letters []bus.DeadLetter) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	writer, err := bus.NewWriter(cfg)
	if err != nil {
		return err
	}
	defer writer.Close()
	tick := time.NewTicker(max(1, time.Duration(float64(time.Second)/c.Rate))) //nolint:forbidigo // the broker's load is wall time
	defer tick.Stop()
	for sent, letter := range letters {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("stopped after %d of %d letters", sent, len(letters))
		}
		if err := writer.Redrive(ctx, letter); err != nil {
			return fmt.Errorf("after %d of %d letters: %w", sent, len(letters), err)
		}
	}
	return nil
}
