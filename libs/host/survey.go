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
	err = rehearse(ctx, modules, func(*Process) {}, func(p *Process) { needs = Needs{Schemas: p.schemas, Groups: p.groups} })
	if err != nil {
		return Needs{}, fmt.Errorf("survey: %w", err)
	}
	return needs, nil
}

// errMigrated ends the building of a module whose tables are as they shall be.
var errMigrated = errors.New("migrated")

// Migrate brings the tables of modules up to what their code needs, each in its schema on the PostgreSQL of its URL, with
// what the folder dir adds to that. A module that has no URL is passed over. No more of it is built: it would leave rows that
// only a process with its secrets may write.
func Migrate(ctx context.Context, urls map[string]string, dir string, modules ...Module) error {
	for _, m := range modules {
		url := urls[instances([]Module{m})[0].name]
		if url == "" {
			continue
		}
		err := rehearse(ctx, []Module{m}, func(p *Process) {
			p.Config.Database, p.Config.DatabaseDir, p.migrating = url, dir, true
		}, func(*Process) {})
		if err != nil && !errors.Is(err, errMigrated) {
			return err // it names the module
		}
	}
	return nil
}

// rehearse builds modules in a folder of their own, without any server but those that set names, shows the process, and puts
// all away again.
func rehearse(ctx context.Context, modules []Module, set, show func(*Process)) (err error) {
	dir, err := os.MkdirTemp("", "linli-rehearsal-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	const nowhere = "127.0.0.1:1"
	serve, err := parse([]string{"--data", dir, "--brokers", nowhere, "--redis", nowhere, "--log-level", "error"}, modules...)
	if err != nil {
		return err
	}
	cfg := serve.Config // less what the environment says of servers
	cfg.Database, cfg.DatabaseDir, cfg.BrokersDir, cfg.RedisDir = "", "", "", ""
	p := newProcess(ctx, cfg)
	set(p)
	defer p.Stop()
	if err := p.build(ctx, serve.modules); err != nil {
		return err
	}
	show(p)
	return nil
}
