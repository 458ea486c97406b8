package identity

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/id"
	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	rows "github.com/linlihub/linli/services/identity/store"
)

// keyring signs with its first key and publishes the public halves of all.
type keyring struct {
	identityv1.UnimplementedKeysServer

	keys   []jose.JSONWebKey
	public string
}

// openKeyring reads the keys of the database, or makes the first one. Replicas that start together agree on one key,
// because the second to write finds the first's.
func openKeyring(ctx context.Context, db *store.DB, box *seal.Box, now time.Time) (*keyring, error) {
	var sealed []rows.Key
	err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if sealed, err = (rows.Store{}).Keys(ctx, tx); err != nil || len(sealed) > 0 {
			return err
		}
		_, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return fmt.Errorf("make signing key: %w", err)
		}
		key := rows.Key{ID: id.New(), Sealed: box.Seal(string(private.Seed()))}
		sealed = []rows.Key{key}
		return rows.Store{}.PutKey(ctx, tx, key, now)
	})
	if err != nil {
		return nil, fmt.Errorf("open signing keys: %w", err)
	}
	return unseal(sealed, box)
}

func unseal(sealed []rows.Key, box *seal.Box) (*keyring, error) {
	ring, set := &keyring{}, jose.JSONWebKeySet{}
	for _, k := range sealed {
		seed, err := box.Open(k.Sealed)
		if err != nil || len(seed) != ed25519.SeedSize {
			return nil, fmt.Errorf("open signing key %s: %w", k.ID, err)
		}
		key := jose.JSONWebKey{Key: ed25519.NewKeyFromSeed([]byte(seed)), KeyID: k.ID, Algorithm: string(authz.Signature), Use: "sig"}
		ring.keys = append(ring.keys, key)
		set.Keys = append(set.Keys, key.Public())
	}
	public, err := json.Marshal(set)
	ring.public = string(public)
	return ring, err
}

// List answers the public key set.
func (k *keyring) List(context.Context, *identityv1.ListKeysRequest) (*identityv1.ListKeysResponse, error) {
	return &identityv1.ListKeysResponse{Jwks: k.public}, nil
}
