// Package prepare makes, on servers that others run, what the services need before their first start: topics on Kafka, and
// on PostgreSQL a schema and a role for each service. It may be run again at any time; a release that brings more topics
// or services is prepared the same way.
package prepare

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/linlihub/linli/libs/host"
)

// Command is `linli prepare`. Mount it in a kong grammar.
type Command struct {
	Schemas Schemas `cmd:"" help:"Make a schema and a role for each service; nothing is shared between them."`
	Topics  Topics  `cmd:"" help:"Make the topics, and those for dead letters."`
	URLs    URLs    `cmd:"" name:"urls" help:"Write the URLs by which services will sign in to PostgreSQL, which is not asked; schemas --known and all then make the roles."`
	All     All     `cmd:"" help:"See that every server can be reached, then make schemas with known URLs, and topics: what comes before a release."`
}

// For makes the command that prepares servers for modules.
func For(modules ...host.Module) Command {
	p := preparation{modules}
	return Command{
		Schemas: Schemas{preparation: p}, Topics: Topics{preparation: p}, URLs: URLs{preparation: p}, All: All{preparation: p},
	}
}

// preparation is what the commands have in common.
type preparation struct{ modules []host.Module }

// patience is how long servers may take to come up.
const patience = 2 * time.Minute

// run does what a command is for, with what the modules need.
func (p preparation) run(do func(context.Context, host.Needs) error) error {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // a command is a root
	defer release()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	needs, err := host.Survey(ctx, p.modules...)
	if err != nil {
		return err
	}
	return do(ctx, needs)
}
