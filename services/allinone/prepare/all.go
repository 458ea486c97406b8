package prepare

import (
	"context"
	"fmt"
	"time"

	"github.com/linlihub/linli/libs/host"
)

// All is `linli prepare all`.
type All struct {
	Admin      string        `required:"" env:"LINLI_ADMIN_DATABASE" help:"PostgreSQL URL of a role that may make databases and roles."`
	Known      string        `required:"" type:"path" help:"Folder with the URLs that the services were given, one file each."`
	Company    string        `default:"demo" env:"LINLI_COMPANY" help:"Company; names roles and database, and prefixes topics."`
	Brokers    []string      `required:"" env:"LINLI_BROKERS" help:"Kafka brokers."`
	Redis      string        `default:"" env:"LINLI_REDIS" help:"Redis address."`
	Consul     string        `default:"" env:"LINLI_CONSUL" help:"Consul's HTTP address."`
	OTLP       string        `name:"otlp" default:"" env:"LINLI_OTLP" help:"OTLP gRPC endpoint for traces."`
	Partitions int           `default:"6" help:"Partitions of a topic."`
	Replicas   int           `default:"0" help:"Copies of each partition; 0: as the broker is set."`
	MinInSync  int           `default:"0" help:"Copies that must have a record before it is acknowledged; 0: as the broker is set."`
	Retention  time.Duration `default:"168h" help:"How long events are kept."`
	Within     time.Duration `default:"20s" help:"How long a server may be out of reach before it is said."`

	preparation `kong:"-"`
}

// Run prepares.
func (a *All) Run() error { return a.run(a.prepare) }

func (a *All) prepare(ctx context.Context, needs host.Needs) error {
	if err := a.look(ctx); err != nil {
		return err
	}
	schemas := Schemas{Admin: a.Admin, Company: a.Company, Known: a.Known}
	if err := schemas.prepare(ctx, needs); err != nil {
		return fmt.Errorf("prepare schemas: %w", err)
	}
	topics := Topics{
		Brokers: a.Brokers, Company: a.Company, Partitions: a.Partitions, Replicas: a.Replicas, MinInSync: a.MinInSync, Retention: a.Retention,
	}
	return topics.prepare(ctx, needs)
}
