package host

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Needs are what modules ask of the servers they stand on, for those who prepare them.
type Needs struct {
	// Schemas are the modules that keep rows; a schema has the name of its module.
	Schemas []string
	// Groups are the topics that each consumer group reads, without the company.
	Groups map[string][]string
}

// Survey answers what modules need: they are built in a folder of their own, but nothing runs and no server is asked.
func Survey(ctx context.Context, modules ...Module) (needs Needs, err error) {
	dir, err := os.MkdirTemp("", "linli-survey-")
	if err != nil {
		return Needs{}, fmt.Errorf("survey: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	const nowhere = "127.0.0.1:1"
	serve, err := parse([]string{"--data", dir, "--brokers", nowhere, "--redis", nowhere, "--log-level", "error"}, modules...)
	if err != nil {
		return Needs{}, fmt.Errorf("survey: %w", err)
	}
	p := newProcess(ctx, serve.Config)
	defer p.Stop()
	if err := p.build(ctx, serve.modules); err != nil {
		return Needs{}, fmt.Errorf("survey: %w", err)
	}
	return Needs{Schemas: p.schemas, Groups: p.groups}, nil
}
