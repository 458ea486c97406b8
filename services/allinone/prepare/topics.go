package prepare

import (
	"context"
	"fmt"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/host"
)

// Topics is `linli prepare topics`.
type Topics struct {
	Brokers    []string      `required:"" env:"LINLI_BROKERS" help:"Kafka brokers."`
	Dir        string        `name:"brokers-dir" default:"" env:"LINLI_BROKERS_DIR" help:"Folder with how to get into Kafka, as for serve." type:"path"`
	Login      string        `name:"brokers-login" default:"scram-sha-512" enum:"scram-sha-512,scram-sha-256,plain" env:"LINLI_BROKERS_LOGIN" help:"How to sign in to Kafka: ${enum}."`
	Company    string        `default:"demo" env:"LINLI_COMPANY" help:"Company; prefixes every topic."`
	Partitions int           `default:"6" help:"Partitions of a topic: two or three for each replica there will ever be."`
	Replicas   int           `default:"0" help:"Copies of each partition; 0: as the broker is set."`
	MinInSync  int           `default:"0" help:"Copies that must have a record before it is acknowledged; 0: as the broker is set."`
	Retention  time.Duration `default:"168h" help:"How long events are kept; less than the eight days for which services remember what they have applied."`

	preparation `kong:"-"`
}

// Run prepares.
func (t *Topics) Run() error { return t.run(t.prepare) }

// prepare makes every topic of the catalogue and what belongs to the groups that read them. Topics that exist are left alone.
func (t *Topics) prepare(ctx context.Context, needs host.Needs) error {
	cfg := bus.Config{
		Brokers: t.Brokers, Company: t.Company,
		Topics: bus.TopicSettings{Partitions: t.Partitions, Replicas: t.Replicas, MinInSync: t.MinInSync, Retention: t.Retention},
	}
	err := host.BusAccess(&cfg, t.Dir, t.Login)
	if err == nil {
		err = bus.EnsureTopics(ctx, cfg, needs.Groups)
	}
	if err != nil {
		return fmt.Errorf("prepare topics: %w", err)
	}
	return nil
}
