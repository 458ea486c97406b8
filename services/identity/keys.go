package identity

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/id"
	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	rows "github.com/linlihub/linli/services/identity/store"
)

const (
	// keyLife is how long a key signs before the next one takes its place.
	keyLife = 30 * 24 * time.Hour
	// keyRest is how long a former key is still published: longer than any token that it signed lives.
	keyRest = 24 * time.Hour
	// keyLook is how often a replica looks for keys that another has made.
	keyLook = 5 * time.Minute
	// keySettle is how long a new key is published before it signs, so that every replica shows it to whoever checks a token.
	keySettle = 2 * keyLook
)

// keyring signs with its newest settled key and publishes the public halves of all. Safe for concurrent use.
type keyring struct {
	identityv1.UnimplementedKeysServer

	db  *store.DB
	box *seal.Box

	mu     sync.RWMutex
	keys   []key // the newest first
	public string
}

// key is one signing key, and since when there is it.
type key struct {
	jose.JSONWebKey

	made time.Time
}

// openKeyring reads the keys of the database, or makes the first one. Replicas that start together agree on one key,
// because the second to write finds the first's.
func openKeyring(ctx context.Context, db *store.DB, box *seal.Box, now time.Time) (*keyring, error) {
	ring := &keyring{db: db, box: box}
	if err := ring.renew(ctx, now); err != nil {
		return nil, fmt.Errorf("open signing keys: %w", err)
	}
	return ring, nil
}

// renew makes the next key when the newest is old, drops those that have rested long enough, and holds what there is then.
func (k *keyring) renew(ctx context.Context, now time.Time) error {
	var sealed []rows.Key
	err := k.db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if err := (rows.Store{}).DropKeys(ctx, tx, now.Add(-keyLife-keySettle-keyRest)); err != nil {
			return err
		}
		if sealed, err = (rows.Store{}).Keys(ctx, tx); err != nil || len(sealed) > 0 && now.Sub(sealed[0].Made) < keyLife {
			return err
		}
		_, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return fmt.Errorf("make signing key: %w", err)
		}
		next := rows.Key{ID: id.New(), Sealed: k.box.Seal(string(private.Seed())), Made: now}
		sealed = append([]rows.Key{next}, sealed...)
		return rows.Store{}.PutKey(ctx, tx, next)
	})
	if err != nil {
		return err
	}
	return k.hold(sealed)
}

func (k *keyring) hold(sealed []rows.Key) error {
	var keys []key
	set := jose.JSONWebKeySet{}
	for _, s := range sealed {
		seed, err := k.box.Open(s.Sealed)
		if err != nil || len(seed) != ed25519.SeedSize {
			return fmt.Errorf("open signing key %s: %w", s.ID, err)
		}
		one := jose.JSONWebKey{Key: ed25519.NewKeyFromSeed([]byte(seed)), KeyID: s.ID, Algorithm: string(authz.Signature), Use: "sig"}
		keys = append(keys, key{one, s.Made})
		set.Keys = append(set.Keys, one.Public())
	}
	public, err := json.Marshal(set)
	if err != nil {
		return fmt.Errorf("publish keys: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.public = keys, string(public)
	return nil
}

// signing is the newest key that everybody knows by now; the first of all is known from the start.
func (k *keyring) signing(now time.Time) jose.JSONWebKey {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, one := range k.keys {
		if now.Sub(one.made) >= keySettle {
			return one.JSONWebKey
		}
	}
	return k.keys[len(k.keys)-1].JSONWebKey
}

// rotate renews the keys for as long as the service runs. What fails now is tried again at the next look.
func (k *keyring) rotate(wall clock.Clock, log *slog.Logger) func(ctx context.Context, ready func()) error {
	return func(ctx context.Context, ready func()) error {
		ready()
		for clock.Wait(ctx, wall, wall.Now().Add(keyLook)) == nil {
			if err := k.renew(ctx, wall.Now()); err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "signing keys not renewed", "error", err)
			}
		}
		return nil
	}
}

// List answers the public key set.
func (k *keyring) List(context.Context, *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return &identityv1.ListKeysResponse{Jwks: k.public}, nil
}
