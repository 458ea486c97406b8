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
	// keyRest is how long a former key is still published once the next one signs: longer than any token that it signed lives.
	keyRest = 24 * time.Hour
	// keyLook is how often a replica looks for keys that another has made.
	keyLook = 5 * time.Minute
	// keySettle is how long a new key is published before it signs: until every replica shows it, and everybody who keeps
	// keys for five minutes has asked again.
	keySettle = 2 * keyLook
)

// keyPolicy says when keys are replaced.
type keyPolicy struct {
	// life is how long a key is the newest.
	life time.Duration
	// since withdraws the keys that were made before it, with the tokens that they signed.
	since time.Time
}

// leastKeyLife lets a key settle, and be seen at work, before the next one comes.
const leastKeyLife = time.Hour

func (p keyPolicy) validate(now time.Time) error {
	switch {
	case p.life < leastKeyLife:
		return fmt.Errorf("--identity.key-life %v must be %v at least", p.life, leastKeyLife)
	case p.since.After(now):
		return fmt.Errorf("--identity.keys-since %v is yet to come", p.since.Format(time.RFC3339))
	}
	return nil
}

// rest parts the keys, the newest first, in those to keep and those to forget: withdrawn, or replaced so long ago that
// no token of theirs can be good any more.
func (p keyPolicy) rest(keys []rows.Key, now time.Time) (kept, over []rows.Key) {
	for i, k := range keys {
		replaced := i > 0 && now.Sub(keys[i-1].Made) > keySettle+keyRest
		if replaced || k.Made.Before(p.since) {
			over = append(over, k)
		} else {
			kept = append(kept, k)
		}
	}
	return kept, over
}

// due says whether it is time for the next key.
func (p keyPolicy) due(kept []rows.Key, now time.Time) bool {
	return len(kept) == 0 || now.Sub(kept[0].Made) >= p.life
}

// keyring signs with its newest settled key and publishes the public halves of all. Safe for concurrent use.
type keyring struct {
	identityv1.UnimplementedKeysServer

	db     *store.DB
	rows   rows.Store
	box    *seal.Box
	policy keyPolicy

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
func openKeyring(ctx context.Context, db *store.DB, box *seal.Box, policy keyPolicy, now time.Time) (*keyring, error) {
	if err := policy.validate(now); err != nil {
		return nil, err
	}
	ring := &keyring{db: db, box: box, policy: policy}
	if err := ring.renew(ctx, now); err != nil {
		return nil, fmt.Errorf("open signing keys: %w", err)
	}
	return ring, nil
}

// renew makes the next key when it is due, forgets those that are over, and holds what there is then. Replicas may do it at
// once: one makes the key, the others find it.
func (k *keyring) renew(ctx context.Context, now time.Time) error {
	var kept []rows.Key
	err := k.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		all, err := k.rows.Keys(ctx, tx)
		if err != nil {
			return err
		}
		var over []rows.Key
		kept, over = k.policy.rest(all, now)
		for _, former := range over {
			if err := k.rows.DropKey(ctx, tx, former.ID); err != nil {
				return err
			}
		}
		if !k.policy.due(kept, now) {
			return nil
		}
		next, err := k.make(now)
		if err != nil {
			return err
		}
		kept = append([]rows.Key{next}, kept...)
		return k.rows.PutKey(ctx, tx, next)
	})
	if err != nil {
		return err
	}
	return k.hold(kept)
}

func (k *keyring) make(now time.Time) (rows.Key, error) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return rows.Key{}, fmt.Errorf("make signing key: %w", err)
	}
	return rows.Key{ID: id.New(), Sealed: k.box.Seal(string(private.Seed())), Made: now}, nil
}

// hold unseals the keys and puts them in the place of those that were held.
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

// signing is the newest key that everybody knows by now. When there is none, as on the first start, the oldest must do, and
// who meets it asks for the keys again.
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
				log.WarnContext(ctx, "signing keys are not renewed", "error", err)
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
