package tickets

import (
	"context"
	"embed"
	"time"

	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/store"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/tickets/policy"
	rows "github.com/linlihub/linli/services/tickets/store"
	"github.com/linlihub/linli/services/tickets/ticket"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config of tickets.
type Config struct {
	Policy string `name:"tickets.policy" default:"standard" env:"LINLI_TICKETS_POLICY" help:"Service policy that new tickets pin, by its id."`
}

// Module is the tickets service.
var Module = host.Define("tickets", Build, host.CalledBy("gateway"), host.Pressing(pressing))

// pressing says whether an opening is of an emergency; whatever else is urgent always is.
func pressing(request any) bool {
	r, opening := request.(*ticketsv1.OpenRequest)
	return !opening || ticket.Request{Category: ticket.Category(r.GetCategory()), Words: r.GetWords(), Emergency: r.GetEmergency()}.Pressing()
}

// Build wires the service.
func Build(env *host.Env, cfg Config) error {
	db, err := env.Store(migrations)
	if err != nil {
		return err
	}
	book := policy.Default()
	if _, err := book.InForce(cfg.Policy, env.Clock.Now()); err != nil {
		return err
	}
	for _, p := range book.All() {
		if err := ticket.CheckCrews(p); err != nil {
			return err
		}
	}
	store := rows.Store{Policies: book}
	desk := &Desk{
		db: db, rows: store, clock: env.Clock, log: env.Log, policies: book, policyID: cfg.Policy,
		homes: residentsv1.NewRegistryClient(env.Dial("residents")), woken: make(chan struct{}, 1),
	}
	photos := &Photos{db: db, rows: store, clock: env.Clock, log: env.Log}
	ticketsv1.RegisterTicketsServer(env, desk)
	ticketsv1.RegisterPhotosServer(env, photos)
	env.React(desk.reactions())
	env.Run("deadlines", desk.watchDeadlines)
	env.Run("stray photos", photos.cleanUp)
	return nil
}

// cleanUp forgets photos that no ticket took within a day, every hour of the wall.
func (p *Photos) cleanUp(ctx context.Context, ready func()) error {
	ready()
	wall := clock.Real()
	for clock.Wait(ctx, wall, wall.Now().Add(time.Hour)) == nil {
		before := p.clock.Now().AddDate(0, 0, -1)
		err := p.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return p.rows.DropStrayPhotos(ctx, tx, before) })
		if err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "stray photos stay for another hour", "error", err)
		}
	}
	return nil
}
