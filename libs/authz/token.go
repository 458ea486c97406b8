package authz

import (
	"context"
	"crypto/sha256"
	"fmt"
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

// Verifier checks tokens offline against cached keys. Tokens already checked are remembered until they expire. Safe for
// concurrent use. Token times are wall-clock times: a demo's fast clock must not sign anybody out.
type Verifier struct {
	company string
	keys    keyCache
	checked *expirable.LRU[[sha256.Size]byte, checkedToken]
}

// checkedToken is what is not worth finding out twice: whose the token is, and which key signed it.
type checkedToken struct {
	principal Principal
	key       string
	expires   time.Time
}

// NewVerifier makes a Verifier of one company's tokens.
func NewVerifier(company string, source KeySource) *Verifier {
	return &Verifier{
		company: company, keys: keyCache{source: source},
		checked: expirable.NewLRU[[sha256.Size]byte, checkedToken](20_000, nil, 10*time.Minute),
	}
}

// Verify answers whose token it is. It fails with ErrTokenInvalid, ErrTokenExpired, or, when its key cannot be had now,
// fault.Unavailable: a caller must not be signed out because identity is away. A token whose key is published no more is
// not valid, also if it was before.
func (v *Verifier) Verify(ctx context.Context, token string) (Principal, error) {
	sum := sha256.Sum256([]byte(token))
	if known, ok := v.checked.Get(sum); ok {
		if time.Now().After(known.expires) {
			return Principal{}, ErrTokenExpired
		}
		if _, err := v.keys.key(ctx, known.key); err != nil {
			return Principal{}, err
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
	v.checked.Add(sum, checkedToken{p, parsed.Headers[0].KeyID, c.Expiry.Time()})
	return p, nil
}

func (v *Verifier) check(ctx context.Context, parsed *jwt.JSONWebToken) (claims, error) {
	var c claims
	if len(parsed.Headers) != 1 {
		return c, ErrTokenInvalid
	}
	key, err := v.keys.key(ctx, parsed.Headers[0].KeyID)
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
