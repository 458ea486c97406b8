package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/telemetry"
)

// errStopped is no failure of the message: it will come again.
var errStopped = errors.New("stopped")

// handle works at a message until nothing is left to do, and reports false if it was stopped before that.
func (p *partition) handle(record kafka.Message) bool {
	if group := header(record, headerFor); group != "" && group != p.consumer.group {
		return true
	}
	m, err := decode(record, p.topic)
	var run func(context.Context, Message) error
	if err == nil {
		run, err = p.consumer.router.find(m)
	}
	switch {
	case err != nil:
		run = func(context.Context, Message) error { return err }
	case run == nil:
		return true // others handle it
	}
	tries, err := p.tryUntilSettled(m, run)
	switch {
	case err == nil:
		return true
	case errors.Is(err, errStopped):
		return false
	}
	return p.bury(deadLetter(p.consumer.cfg.Company, p.consumer.group, p.topic, record, err, tries), classify(err))
}

// tryUntilSettled returns nil when the message was handled, and otherwise why it must be given up or left.
func (p *partition) tryUntilSettled(m Message, run func(context.Context, Message) error) (tries int, err error) {
	parked := p.consumer.metrics.parked.WithLabelValues(p.consumer.group, p.topic)
	for tries = 1; ; tries++ {
		if err = p.try(m, run, tries); err == nil || errors.Is(err, errStopped) {
			break
		}
		failure := classify(err)
		p.logFailure(m, failure, err, tries)
		if failure.dead(tries) {
			break
		}
		if tries == inPlace {
			parked.Inc()
			defer parked.Dec()
		}
		if !p.pause(tries) {
			return tries, errStopped
		}
		p.consumer.metrics.retries.WithLabelValues(p.consumer.group, p.topic).Inc()
	}
	return tries, err
}

func (p *partition) logFailure(m Message, failure class, err error, tries int) {
	attrs := []any{"type", brief(m.Type), "id", brief(m.ID), "key", brief(m.Key), "offset", m.Offset, "class", failure, "tries", tries, "error", err}
	var crash *panicError
	if errors.As(err, &crash) {
		attrs = append(attrs, "stack", string(crash.stack))
	}
	p.log.Warn("event failed", attrs...)
}

// try lets the handler have the message once.
func (p *partition) try(m Message, run func(context.Context, Message) error, try int) error {
	select {
	case <-p.generation.working.Done():
		return errStopped
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	}
	ctx, cancel := context.WithTimeout(p.generation.handling, p.consumer.cfg.Deadline)
	defer cancel()
	ctx, span := startProcess(ctx, p.consumer.cfg.Tracer, p.consumer.group, m, try)
	start := time.Now()
	err := call(ctx, p.consumer.cfg.Deadline/4, m, run)
	took := time.Since(start)
	if err != nil && p.generation.handling.Err() != nil {
		err = errStopped
	}
	endSpan(span, err)
	p.move()
	outcome := "ok"
	if err != nil {
		outcome = string(classify(err))
	}
	telemetry.Observe(ctx, p.consumer.metrics.processed.WithLabelValues(p.consumer.group, p.topic, outcome), took.Seconds())
	if err == nil {
		p.log.DebugContext(ctx, "event handled", slog.String("type", m.Type), slog.String("id", m.ID), slog.String("key", m.Key),
			slog.Int("tries", try), slog.Duration("took", took))
	}
	return err
}

// call runs a handler that may panic, or never come back: then it is left behind after some grace.
func call(ctx context.Context, grace time.Duration, m Message, run func(context.Context, Message) error) error {
	done := make(chan error, 1)
	go func() {
		returned := false
		defer func() {
			if !returned {
				done <- &panicError{value: recover(), stack: debug.Stack()}
			}
		}()
		err := run(ctx, m)
		returned = true
		done <- err
	}()
	select {
	case err := <-done:
		return onTime(ctx, err)
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case err := <-done:
		return onTime(ctx, err)
	case <-timer.C:
		return errHung
	}
}

// onTime tells a failure that comes from our own deadline from one that the handler met.
func onTime(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", errOverdue, err)
	}
	return err
}

// bury writes a dead letter, however often that takes: only then is the message finished.
func (p *partition) bury(letter kafka.Message, failure class) bool {
	for tries := 1; ; tries++ {
		ctx, cancel := context.WithTimeout(p.generation.handling, p.consumer.cfg.Deadline)
		err := p.consumer.writer.bury(ctx, letter)
		cancel()
		if err == nil {
			p.consumer.metrics.deadLetters.WithLabelValues(p.consumer.group, p.topic, string(failure)).Inc()
			p.log.Error("event became a dead letter", "id", brief(header(letter, headerID)), "type", brief(header(letter, headerType)), "class", failure)
			return true
		}
		p.log.Error("write dead letter", "error", err, "code", fault.CodeOf(err))
		p.move()
		if !p.pause(tries) {
			return false
		}
	}
}
