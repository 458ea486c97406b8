// Package account is who may sign in, and the rules of one-time codes and sessions. It does no I/O.
package account

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"

	"github.com/linlihub/linli/libs/authz"
)

// Account is one person or employee who may sign in.
type Account struct {
	ID, PersonID, StaffID string
	// Name is what others may be told; residents have none here.
	Name      string
	Roles     []authz.Role
	Districts []string
	// PasswordHash is an argon2id hash (RFC 9106) in PHC form; empty for residents.
	PasswordHash string
}

// OfPerson is the id of a resident's account, OfStaff that of an employee: the same each time it is linked.
func OfPerson(person string) string { return "person:" + person }

// OfStaff is the id of an employee's account.
func OfStaff(staff string) string { return "staff:" + staff }

// Principal is the account as a token says it.
func (a Account) Principal() authz.Principal {
	return authz.Principal{
		Account: a.ID, Person: a.PersonID, Staff: a.StaffID, Name: a.Name, Roles: a.Roles, Districts: a.Districts,
	}
}

const (
	// CodeLife is how long a one-time code 验证码 may be used.
	CodeLife = 5 * time.Minute
	// CodeTries is how often a code may be guessed wrong before it is spent.
	CodeTries = 5
	// AccessLife is how long an access token works; it cannot be recalled, so it is short.
	AccessLife = 15 * time.Minute
	// SessionLife is how long a session may be refreshed.
	SessionLife = 30 * 24 * time.Hour
	// DepositLife is how long a password waits for the event that claims it: longer than any outage of the bus.
	DepositLife = 7 * 24 * time.Hour
)

// Code is a one-time code that was sent to a phone. Only its hash is kept.
type Code struct {
	PhoneHash, Hash string
	Sent, Expires   time.Time
	Tries           int
}

// NewCode makes a code of six digits and its digits in clear, which are sent and forgotten.
func NewCode(phoneHash string, now time.Time) (Code, string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return Code{}, "", fmt.Errorf("make code: %w", err)
	}
	digits := fmt.Sprintf("%06d", n)
	return Code{PhoneHash: phoneHash, Hash: codeHash(phoneHash, digits), Sent: now, Expires: now.Add(CodeLife)}, digits, nil
}

// Matches says whether digits are the code's, while it may be used.
func (c Code) Matches(digits string, now time.Time) bool {
	if c.Tries >= CodeTries || !now.Before(c.Expires) {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(c.Hash), []byte(codeHash(c.PhoneHash, digits))) == 1
}

func codeHash(phoneHash, digits string) string {
	sum := sha256.Sum256([]byte(phoneHash + "/" + digits))
	return hex.EncodeToString(sum[:])
}

// Session is a signed-in device. Each refresh spends the token and makes the next; a spent token that comes back was
// stolen, so it ends the session (RFC 9700, 4.14.2).
type Session struct {
	ID, AccountID string
	// Hash of the refresh token in force, Spent of the one before it.
	Hash, Spent string
	Expires     time.Time
}

// NewToken makes a refresh token and its hash.
func NewToken() (token, hash string) {
	raw := make([]byte, 32)
	rand.Read(raw)
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, TokenHash(token)
}

// TokenHash is what is kept of a refresh token.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
