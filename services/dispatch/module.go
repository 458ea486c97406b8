package dispatch

import (
	"cmp"
	"embed"
	"fmt"
	"time"

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/live"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/plan"
	rows "github.com/linlihub/linli/services/dispatch/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config of dispatch. Times are domain time.
type Config struct {
	OfferLife  time.Duration `name:"dispatch.offer-life" default:"3m" env:"LINLI_DISPATCH_OFFER_LIFE" help:"How long a technician may think about an offer."`
	UrgentLife time.Duration `name:"dispatch.urgent-life" default:"1m" env:"LINLI_DISPATCH_URGENT_LIFE" help:"How long about an emergency."`
	Singles    int           `name:"dispatch.singles" default:"2" env:"LINLI_DISPATCH_SINGLES" help:"Offers to one technician that may lapse before everybody is asked."`
	Posts      int           `name:"dispatch.posts" default:"3" env:"LINLI_DISPATCH_POSTS" help:"Technicians with nothing to do who may be advised where to wait, at a time; 0 advises nobody."`
	Capacity   int           `name:"dispatch.capacity" default:"2" env:"LINLI_DISPATCH_CAPACITY" help:"Open visits a technician may hold."`
}

// check answers which flag cannot be, or nil.
func (c Config) check() *plan.Flaw {
	for _, f := range []struct {
		name string
		bad  bool
	}{
		{"dispatch.offer-life", c.OfferLife <= 0},
		{"dispatch.urgent-life", c.UrgentLife <= 0},
		{"dispatch.singles", c.Singles <= 0},
		{"dispatch.capacity", c.Capacity <= 0},
	} {
		if f.bad {
			return &plan.Flaw{Field: f.name, ZH: f.name + " 必须为正数", EN: f.name + " must be positive"}
		}
	}
	if c.Posts < 0 {
		return &plan.Flaw{Field: "dispatch.posts", ZH: "dispatch.posts 不能为负数", EN: "dispatch.posts must not be negative"}
	}
	return nil
}

// Module is the dispatch service.
var Module = host.Define("dispatch", Build, host.CalledBy("gateway"))

// Build wires the service.
func Build(env *host.Env, cfg Config) error {
	db, err := env.Store(migrations)
	if err != nil {
		return err
	}
	policy := plan.Default()
	policy.Capacity, policy.Posts.Most = cfg.Capacity, cfg.Posts
	if wrong := cmp.Or(cfg.check(), policy.Check()); wrong != nil {
		return fmt.Errorf("dispatch: %w", wrong)
	}
	store := rows.Store{Settings: board.Settings{
		Policy: policy, OfferLife: cfg.OfferLife, UrgentLife: cfg.UrgentLife, Singles: cfg.Singles,
	}}
	desk := &Desk{db: db, rows: store, boards: newBoards(db, store), clock: env.Clock, log: env.Log}
	dispatchv1.RegisterVisitsServer(env, desk)
	dispatchv1.RegisterBoardsServer(env, &Boards{desk: desk})
	dispatchv1.RegisterPositionsServer(env, &Positions{
		desk: desk, company: env.Company, redis: env.Redis(), channel: live.Open(env.Redis(), env.Company, env.Log), log: env.Log,
	})
	env.React(desk.reactions())
	env.Run("sweep", desk.sweep)
	return nil
}
