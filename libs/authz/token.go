package authz

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/hashicorp/golang-lru/v2/expirable"

	"github.com/linlihub/linli/libs/fault"
)

// Signature is the one algorithm of our tokens: EdDSA over Ed25519 (RFC 8037). No token may choose another.
const Signature = jose.EdDSA

// Faults of tokens.
var (
	ErrTokenInvalid = fault.Define(fault.Unauthenticated, "authz.token_invalid", "登录凭证无效，请重新登录", "the token is not valid, please sign in again")
	ErrTokenExpired = fault.Define(fault.Unauthenticated, "authz.token_expired", "登录已过期，请重新登录", "the token has expired, please sign in again")
)

type claims struct {
	jwt.Claims
	Person    string   `json:"person,omitempty"`
	Staff     string   `json:"staff,omitempty"`
	Name      string   `json:"name,omitempty"`
	Roles     []Role   `json:"roles,omitempty"`
	Districts []string `json:"districts,omitempty"`
}

// Sign makes a token for a principal, valid from now until expires, for one company. The key is an Ed25519 private key
// with its key id.
func Sign(key jose.JSONWebKey, company string, p Principal, now, expires time.Time) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: Signature, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return jwt.Signed(signer).Claims(claims{
		Claims: jwt.Claims{
			Issuer: "linli", Subject: p.Account, Audience: jwt.Audience{company},
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(expires),
		},
		Person: p.Person, Staff: p.Staff, Name: p.Name, Roles: p.Roles, Districts: p.Districts,
	}).Serialize()
}

// KeySource answers the public keys that may have signed a token.
type KeySource func(context.Context) (*jose.JSONWebKeySet, error)

// keysKept is how long a key set is trusted before it is asked for again; an unknown key id asks sooner.
const keysKept = 5 * time.Minute

// Verifier checks tokens offline against cached keys. Tokens already checked are remembered until they expire. Safe for
// concurrent use. Token times are wall-clock times: a demo's fast clock must not sign anybody out.
type Verifier struct {
	company string
	source  KeySource
	checked *expirable.LRU[[sha256.Size]byte, checkedToken]

	mu      sync.Mutex
	keys    *jose.JSONWebKeySet
	fetched time.Time
}

type checkedToken struct {
	principal Principal
	expires   time.Time
}

// NewVerifier makes a Verifier of one company's tokens.
func NewVerifier(company string, source KeySource) *Verifier {
	return &Verifier{
		company: company, source: source,
		checked: expirable.NewLRU[[sha256.Size]byte, checkedToken](20_000, nil, 10*time.Minute),
	}
}

// Verify answers whose token it is. It fails with ErrTokenInvalid, ErrTokenExpired, or, when no key can be had at all,
// fault.Unavailable: a caller must not be signed out because identity is away.
func (v *Verifier) Verify(ctx context.Context, token string) (Principal, error) {
	sum := sha256.Sum256([]byte(token))
	if known, ok := v.checked.Get(sum); ok {
		if time.Now().After(known.expires) {
			return Principal{}, ErrTokenExpired
		}
		return known.principal, nil
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{Signature})
	if err != nil {
		return Principal{}, ErrTokenInvalid.Wrap(err)
	}
	c, err := v.check(ctx, parsed)
	if err != nil {
		return Principal{}, err
	}
	p := Principal{Account: c.Subject, Person: c.Person, Staff: c.Staff, Name: c.Name, Roles: c.Roles, Districts: c.Districts}
	v.checked.Add(sum, checkedToken{p, c.Expiry.Time()})
	return p, nil
}

func (v *Verifier) check(ctx context.Context, parsed *jwt.JSONWebToken) (claims, error) {
	var c claims
	if len(parsed.Headers) != 1 {
		return c, ErrTokenInvalid
	}
	key, err := v.key(ctx, parsed.Headers[0].KeyID)
	if err != nil {
		return c, err
	}
	if err := parsed.Claims(key, &c); err != nil {
		return c, ErrTokenInvalid.Wrap(err)
	}
	if c.Subject == "" || c.Expiry == nil {
		return c, ErrTokenInvalid
	}
	err = c.ValidateWithLeeway(jwt.Expected{Issuer: "linli", AnyAudience: jwt.Audience{v.company}, Time: time.Now()}, 5*time.Second)
	switch {
	case err == jwt.ErrExpired: //nolint:errorlint // go-jose returns the bare sentinel
		return c, ErrTokenExpired
	case err != nil:
		return c, ErrTokenInvalid.Wrap(err)
	}
	return c, nil
}

func (v *Verifier) key(ctx context.Context, id string) (jose.JSONWebKey, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	age := time.Since(v.fetched)
	if found := find(v.keys, id); found != nil && age < keysKept {
		return *found, nil
	}
	if v.keys == nil || age > time.Second {
		fresh, err := v.source(ctx)
		if err == nil {
			v.keys, v.fetched = fresh, time.Now()
		} else if v.keys == nil {
			return jose.JSONWebKey{}, fault.Unavailable.Wrap(fmt.Errorf("fetch keys: %w", err))
		}
	}
	if found := find(v.keys, id); found != nil {
		return *found, nil
	}
	return jose.JSONWebKey{}, ErrTokenInvalid
}

func find(keys *jose.JSONWebKeySet, id string) *jose.JSONWebKey {
	if keys == nil {
		return nil
	}
	for i := range keys.Keys {
		if keys.Keys[i].KeyID == id {
			return &keys.Keys[i]
		}
	}
	return nil
}
