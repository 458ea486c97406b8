// Package ephemeral opens the client of Redis, which holds only what may be lost: positions, limits, fan-out. It answers
// fast or not at all: whoever uses it must have a way to go on without.
package ephemeral

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/linlihub/linli/libs/credential"
)

// Config says which Redis. Only Addr is needed.
type Config struct {
	Addr   string             // host:port
	Access *credential.Access // how to get in; needed where Redis asks for it
}

// dialTime bounds a connection, its handshake included.
const dialTime = 200 * time.Millisecond

// Open makes the client; nothing is dialled before the first command. The times are such that a silent Redis costs a
// request at most about half a second, once: a local answer is always better than a late one.
func Open(cfg Config) *redis.Client {
	silence()
	return redis.NewClient(&redis.Options{
		Addr: cfg.Addr,
		Dialer: func(ctx context.Context, network, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, dialTime)
			defer cancel()
			return cfg.Access.Dial(ctx, network, address)
		},
		CredentialsProviderContext: func(context.Context) (string, string, error) { return cfg.Access.Login() },

		DialTimeout:           dialTime,
		DialerRetries:         1, // 5 by default, each after a pause
		ReadTimeout:           100 * time.Millisecond,
		WriteTimeout:          100 * time.Millisecond,
		PoolTimeout:           150 * time.Millisecond,
		MaxRetries:            1,
		ContextTimeoutEnabled: true, // else a shorter deadline of the caller is ignored
		DisableIdentity:       true, // one round trip less on every new connection

		// Redis 7.0 refuses the command with which go-redis asks for maintenance notices.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// silence stops the client from writing to standard error, past the log and once per attempt: every caller learns of an
// error by its answer, and says so in its own words.
var silence = sync.OnceFunc(func() { redis.SetLogger(mute{}) })

type mute struct{}

// Printf says nothing.
func (mute) Printf(context.Context, string, ...any) {}

// Check tells whether Redis answers. It is for a status page: readiness does not depend on what may be lost.
func Check(ctx context.Context, c *redis.Client) error {
	if err := c.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ping redis: %w", err)
	}
	return nil
}

// Refused tells an error of Check that no waiting mends: Redis is there and will not have us, or is not who we trust.
func Refused(err error) bool {
	var answer redis.Error
	var stranger *tls.CertificateVerificationError
	var name x509.HostnameError
	return errors.As(err, &answer) || errors.As(err, &stranger) || errors.As(err, &name)
}
