package residents

import (
	"embed"

	"github.com/linlihub/linli/libs/host"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	rows "github.com/linlihub/linli/services/residents/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config of residents has no keys yet.
type Config struct{}

// Module is the residents service.
var Module = host.Define("residents", Build, host.CalledBy("gateway", "identity", "tickets"))

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
	residentsv1.RegisterRegistryServer(env, &Desk{db: db, rows: rows.Store{Box: box}, clock: env.Clock})
	return nil
}
