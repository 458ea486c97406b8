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

	BrokersDir   string `default:"" env:"LINLI_BROKERS_DIR" help:"Folder with how to get into Kafka, as for serve." type:"path"`
	BrokersLogin string `default:"scram-sha-512" enum:"scram-sha-512,scram-sha-256,plain" env:"LINLI_BROKERS_LOGIN" help:"How to sign in to Kafka: ${enum}."`
	RedisDir     string `default:"" env:"LINLI_REDIS_DIR" help:"Folder with how to get into Redis, as for serve." type:"path"`
	DatabaseDir  string `default:"" env:"LINLI_DATABASE_DIR" help:"Folder with how to get into PostgreSQL, as for serve." type:"path"`

	preparation `kong:"-"`
}

// Run prepares.
func (a *All) Run() error { return a.run(a.prepare) }

func (a *All) prepare(ctx context.Context, needs host.Needs) error {
	for _, check := range []func(context.Context) error{a.look, a.meetRedis} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	schemas := Schemas{Admin: a.Admin, Dir: a.DatabaseDir, Company: a.Company, Known: a.Known}
	if err := schemas.prepare(ctx, needs); err != nil {
		return fmt.Errorf("prepare schemas: %w", err)
	}
	urls, err := schemas.urls(needs)
	if err == nil {
		err = host.Migrate(ctx, urls, a.DatabaseDir, a.modules...)
	}
	if err != nil {
		return fmt.Errorf("bring the tables in global.database.existingSecret up to this version: %w", err)
	}
	topics := Topics{
		Brokers: a.Brokers, Dir: a.BrokersDir, Login: a.BrokersLogin, Company: a.Company,
		Partitions: a.Partitions, Replicas: a.Replicas, MinInSync: a.MinInSync, Retention: a.Retention,
	}
	return topics.prepare(ctx, needs)
}
