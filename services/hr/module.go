package hr

import (
	"embed"

	"github.com/linlihub/linli/libs/host"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	rows "github.com/linlihub/linli/services/hr/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config of hr has no keys yet.
type Config struct{}

// Module is the hr service.
var Module = host.Define("hr", Build, host.CalledBy("gateway"))

// Build wires the service.
func Build(env *host.Env, _ Config) error {
	db, err := env.Store(migrations)
	if err != nil {
		return err
	}
	box, err := env.Seal()
	if err != nil {
		return err
	}
	desk := &Desk{
		db: db, rows: rows.Store{Box: box}, clock: env.Clock, accounts: identityv1.NewAccountsClient(env.Dial("identity")),
	}
	hrv1.RegisterStaffServer(env, desk)
	hrv1.RegisterDutyServer(env, &Duty{desk: desk})
	return nil
}
