package notify

import (
	"context"
	"embed"
	"time"

	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/live"
	"github.com/linlihub/linli/libs/store"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config of notify.
type Config struct {
	Keep time.Duration `name:"notify.keep" default:"4320h" env:"LINLI_NOTIFY_KEEP" help:"How long entries of feeds are kept, in domain time."`
}

// Module is the notify service.
var Module = host.Define("notify", Build, host.CalledBy("gateway"))

// Build wires the service.
func Build(env *host.Env, cfg Config) error {
	db, err := env.Store(migrations)
	if err != nil {
		return err
	}
	desk := &Desk{db: db, signals: newSignals(live.Open(env.Redis(), env.Company, env.Log))}
	notifyv1.RegisterFeedsServer(env, desk)
	env.React(desk.reactions())
	env.Run("signals", desk.signals.run)
	env.Run("clean-up", func(ctx context.Context, ready func()) error {
		ready()
		return desk.cleanUp(ctx, env.Clock, cfg.Keep)
	})
	return nil
}

// cleanUp forgets old entries in small steps, every minute of the wall.
func (d *Desk) cleanUp(ctx context.Context, domain clock.Clock, keep time.Duration) error {
	wall := clock.Real()
	for clock.Wait(ctx, wall, wall.Now().Add(time.Minute)) == nil {
		err := d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := d.rows.DropBefore(ctx, tx, domain.Now().Add(-keep), 1000)
			return err
		})
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}
