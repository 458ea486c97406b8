package identity

import (
	"context"
	"embed"
	"encoding/hex"
	"path/filepath"
	"time"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	"github.com/linlihub/linli/services/identity/account"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config of identity.
type Config struct {
	OTPSink   string        `name:"identity.otp-sink" default:"auto" enum:"auto,log,none" env:"LINLI_IDENTITY_OTP_SINK" help:"Where one-time codes go: log (otp.log in the data folder, which the log tells), none, or auto: log in a demo, else none."`
	OTPResend time.Duration `name:"identity.otp-resend" default:"60s" env:"LINLI_IDENTITY_OTP_RESEND" help:"Least time between two codes to one phone."`
	KeyLife   time.Duration `name:"identity.key-life" default:"720h" env:"LINLI_IDENTITY_KEY_LIFE" help:"How long a key signs tokens before the next one takes its place; at least 1h."`
	KeysSince time.Time     `name:"identity.keys-since" env:"LINLI_IDENTITY_KEYS_SINCE" help:"RFC 3339; after a theft: signing keys made before it are withdrawn, with all tokens that they signed."`
}

// AdminSecret names the secret that is the password of the first account, admin.
const AdminSecret = "admin-password"

// Module is the identity service.
var Module = host.Define("identity", Build, host.CalledBy(host.Everyone))

// Build wires the service.
func Build(env *host.Env, cfg Config) error {
	db, err := env.Store(migrations)
	if err != nil {
		return err
	}
	box, err := env.Seal()
	if err != nil {
		return err
	}
	wall := clock.Real()
	keys, err := openKeyring(env.Context(), db, box, keyPolicy{cfg.KeyLife, cfg.KeysSince}, wall.Now())
	if err != nil {
		return err
	}
	sender, err := openSender(env, cfg)
	if err != nil {
		return err
	}
	decoy, err := seal.HashPassword("nobody's password")
	if err != nil {
		return err
	}
	desk := &Desk{
		db: db, box: box, keys: keys, wall: wall, sender: sender, throttle: throttle{env.Redis(), env.Company},
		company: env.Company, resend: cfg.OTPResend, decoy: decoy,
		people: residentsv1.NewRegistryClient(env.Dial("residents")), log: env.Log,
	}
	if err := desk.openAdmin(env); err != nil {
		return err
	}
	identityv1.RegisterSessionsServer(env, desk)
	identityv1.RegisterKeysServer(env, keys)
	identityv1.RegisterAccountsServer(env, &Accounts{desk: desk})
	env.React(desk.reactions())
	env.Run("clean-up", desk.cleanUp)
	env.Run("signing keys", keys.rotate(wall, env.Log))
	return nil
}

func openSender(env *host.Env, cfg Config) (Sender, error) {
	if cfg.OTPSink == "log" || cfg.OTPSink == "auto" && env.Demo {
		return newLogSender(filepath.Join(env.Data, "otp.log"), env.Log)
	}
	return nobody{}, nil
}

// openAdmin keeps the account with which a new company is set up in step with its secret.
func (d *Desk) openAdmin(env *host.Env) error {
	secret, err := env.Secret(AdminSecret)
	if err != nil {
		return err
	}
	hash, err := seal.HashPassword(AdminPassword(secret))
	if err != nil {
		return err
	}
	admin := account.Account{ID: account.OfStaff("admin"), StaffID: "admin", Name: "admin", Roles: []authz.Role{authz.Admin}}
	return d.db.Write(env.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := d.rows.LinkStaff(ctx, tx, admin); err != nil {
			return err
		}
		return d.rows.SetPassword(ctx, tx, admin.ID, admin.StaffID, "admin", hash)
	})
}

// AdminPassword spells the admin secret as it is typed.
func AdminPassword(secret []byte) string { return hex.EncodeToString(secret[:12]) }

// cleanUp forgets what has lapsed, every hour.
func (d *Desk) cleanUp(ctx context.Context, ready func()) error {
	ready()
	for clock.Wait(ctx, d.wall, d.wall.Now().Add(time.Hour)) == nil {
		err := d.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return d.rows.DropExpired(ctx, tx, d.wall.Now()) })
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}
