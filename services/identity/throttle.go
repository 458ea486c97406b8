package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/linlihub/linli/services/identity/account"
)

const (
	triesAllowed = 10
	triesWindow  = 15 * time.Minute
)

// throttle slows down who guesses passwords. Its counts may be lost: while Redis is silent signing in still works, and the
// cost of the hash itself is what slows a guesser.
type throttle struct {
	redis   *redis.Client
	company string // several may share one Redis
}

func (t throttle) check(ctx context.Context, username string) error {
	n, err := t.redis.Get(ctx, t.key(username)).Int()
	if err == nil && n >= triesAllowed {
		return account.ErrTooMany.With("minutes", int(triesWindow.Minutes())).RetryAfter(triesWindow)
	}
	return nil
}

func (t throttle) count(ctx context.Context, username string) {
	key := t.key(username)
	t.redis.Pipelined(ctx, func(p redis.Pipeliner) error { //nolint:errcheck // see the type's comment
		p.Incr(ctx, key)
		p.Expire(ctx, key, triesWindow)
		return nil
	})
}

func (t throttle) key(username string) string {
	sum := sha256.Sum256([]byte(username))
	return t.company + ":identity:tries:" + hex.EncodeToString(sum[:8])
}
