package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/ephemeral"
)

// access is how this process gets into the servers it leans on; nothing is needed for those that run inside it.
type access struct {
	brokers  bus.Config // what matters of it to each use of the bus
	database *credential.Access
	redis    *credential.Access
}

// openAccess reads the folders that say how to get into the servers, before anything is dialled.
func (p *Process) openAccess(context.Context) (err error) {
	cfg := p.Config
	for _, folder := range []struct{ dir, server, flag string }{
		{cfg.BrokersDir, fmt.Sprint(cfg.Brokers), "--brokers"}, {cfg.RedisDir, cfg.Redis, "--redis"}, {cfg.DatabaseDir, cfg.Database, "--database"},
	} {
		if folder.dir != "" && (folder.server == "" || folder.server == "[]") {
			return fmt.Errorf("%s-dir needs %s: nobody signs in to what is embedded", folder.flag, folder.flag)
		}
	}
	if p.access.redis, err = credential.OpenAccess(cfg.RedisDir); err != nil {
		return fmt.Errorf("--redis-dir: %w", err)
	}
	if p.access.database, err = credential.OpenAccess(cfg.DatabaseDir); err != nil {
		return fmt.Errorf("--database-dir: %w", err)
	}
	return BusAccess(&p.access.brokers, cfg.BrokersDir, cfg.BrokersLogin)
}

// BusAccess sets how the bus gets into Kafka from --brokers-dir and --brokers-login.
func BusAccess(cfg *bus.Config, dir, way string) error {
	access, err := credential.OpenAccess(dir)
	if err != nil {
		return fmt.Errorf("--brokers-dir: %w", err)
	}
	cfg.Dial = access.Dial
	if !access.Signs() {
		return nil
	}
	username, _, err := access.Login()
	switch {
	case err != nil:
		return fmt.Errorf("--brokers-dir: %w", err)
	case username == "":
		return errors.New("--brokers-dir: Kafka needs a username beside the password")
	case way == "plain" && !access.Secures():
		return errors.New("--brokers-login plain shows the password on the wire: it needs a ca.pem in --brokers-dir")
	}
	cfg.Login, err = bus.Login(way, access.Login)
	return err
}

// meetRedis asks once whether Redis will have us, if a module uses it. One that is away may come back; one that refuses is a
// mistake that is told now, for later it would pass for silence.
func (p *Process) meetRedis(ctx context.Context) error {
	if p.redis == nil {
		return nil
	}
	var err error
	for range 3 { // it may be slow to answer for the first time
		if err = ephemeral.Check(ctx, p.redis); err == nil {
			return nil
		}
		if ephemeral.Refused(err) {
			return fmt.Errorf("get into redis: %w", err)
		}
	}
	p.Telemetry.Log.Warn("redis does not answer: going on without it", "error", err)
	return nil
}
