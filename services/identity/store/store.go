// Package store keeps accounts, codes, sessions and keys in rows. Every method works in the caller's transaction.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/identity/account"
)

// Store reads and writes identity's rows.
type Store struct{}

const selectAccount = `SELECT id, person_id, staff_id, name, password_hash, roles, districts FROM identity_account WHERE `

func scanAccount(row store.Scanner) (a account.Account, err error) {
	var roles, districts string
	if err := row.Scan(&a.ID, &a.PersonID, &a.StaffID, &a.Name, &a.PasswordHash, &roles, &districts); err != nil {
		return a, err
	}
	return a, errors.Join(json.Unmarshal([]byte(roles), &a.Roles), json.Unmarshal([]byte(districts), &a.Districts))
}

// ByPhone answers the account of a phone's lookup hash, or store.ErrNotFound.
func (Store) ByPhone(ctx context.Context, tx *store.Tx, phoneHash string) (account.Account, error) {
	return scanAccount(tx.QueryRow(ctx, selectAccount+`phone_hash = ? AND phone_hash <> ''`, phoneHash))
}

// ByUsername answers the account of a user name, or store.ErrNotFound.
func (Store) ByUsername(ctx context.Context, tx *store.Tx, username string) (account.Account, error) {
	return scanAccount(tx.QueryRow(ctx, selectAccount+`username = ? AND username <> ''`, username))
}

// ByID answers an account, or store.ErrNotFound.
func (Store) ByID(ctx context.Context, tx *store.Tx, id string) (account.Account, error) {
	return scanAccount(tx.QueryRow(ctx, selectAccount+`id = ?`, id))
}

// LinkPerson lets a resident sign in by phone. A phone that moved to another person leaves the former one's account.
func (s Store) LinkPerson(ctx context.Context, tx *store.Tx, a account.Account, phoneHash string) error {
	if _, err := tx.Exec(ctx, `UPDATE identity_account SET phone_hash = '' WHERE phone_hash = ? AND id <> ? AND phone_hash <> ''`, phoneHash, a.ID); err != nil {
		return err
	}
	return s.upsert(ctx, tx, a, "phone_hash", phoneHash)
}

// LinkStaff keeps an employee's name, roles and districts.
func (s Store) LinkStaff(ctx context.Context, tx *store.Tx, a account.Account) error {
	return s.upsert(ctx, tx, a, "name", a.Name)
}

// SetPassword lets an account sign in by user name and password.
func (Store) SetPassword(ctx context.Context, tx *store.Tx, id, staff, username, hash string) error {
	_, err := tx.Exec(ctx, `INSERT INTO identity_account (id, person_id, staff_id, name, username, phone_hash, password_hash, roles, districts)
		VALUES (?, '', ?, '', ?, '', ?, '[]', '[]')
		ON CONFLICT (id) DO UPDATE SET username = excluded.username, password_hash = excluded.password_hash`, id, staff, username, hash)
	return err
}

// PutDeposit keeps a password's hash until it is claimed.
func (Store) PutDeposit(ctx context.Context, tx *store.Tx, reference, hash string, expires time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO identity_deposit (reference, hash, expires_at) VALUES (?, ?, ?)`, reference, hash, store.Micros(expires))
	return err
}

// ClaimDeposit answers a deposited hash, once; then, or when it was never there, account.ErrDeposit.
func (Store) ClaimDeposit(ctx context.Context, tx *store.Tx, reference string) (hash string, err error) {
	err = tx.QueryRow(ctx, `DELETE FROM identity_deposit WHERE reference = ? RETURNING hash`, reference).Scan(&hash)
	if errors.Is(err, store.ErrNotFound) {
		err = account.ErrDeposit
	}
	return hash, err
}

// upsert writes the account and one more column; user name and password of an existing account are kept.
func (Store) upsert(ctx context.Context, tx *store.Tx, a account.Account, column, value string) error {
	roles, districts, err := lists(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO identity_account (id, person_id, staff_id, name, username, phone_hash, password_hash, roles, districts)
		VALUES (?, ?, ?, ?, '', '', '', ?, ?)
		ON CONFLICT (id) DO UPDATE SET roles = excluded.roles, districts = excluded.districts`,
		a.ID, a.PersonID, a.StaffID, a.Name, roles, districts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE identity_account SET `+column+` = ? WHERE id = ?`, value, a.ID)
	return err
}

func lists(a account.Account) (roles, districts string, err error) {
	r, err := json.Marshal(nonNil(a.Roles))
	if err != nil {
		return "", "", fmt.Errorf("write roles: %w", err)
	}
	d, err := json.Marshal(nonNil(a.Districts))
	if err != nil {
		return "", "", fmt.Errorf("write districts: %w", err)
	}
	return string(r), string(d), nil
}

func nonNil[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// Code answers the code last sent to a phone, or store.ErrNotFound.
func (Store) Code(ctx context.Context, tx *store.Tx, phoneHash string) (account.Code, error) {
	c := account.Code{PhoneHash: phoneHash}
	var sent, expires int64
	err := tx.QueryRow(ctx, `SELECT hash, sent_at, expires_at, tries FROM identity_code WHERE phone_hash = ?`, phoneHash).
		Scan(&c.Hash, &sent, &expires, &c.Tries)
	c.Sent, c.Expires = store.Time(sent), store.Time(expires)
	return c, err
}

// PutCode replaces the code of a phone.
func (Store) PutCode(ctx context.Context, tx *store.Tx, c account.Code) error {
	_, err := tx.Exec(ctx, `INSERT INTO identity_code (phone_hash, hash, sent_at, expires_at, tries) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (phone_hash) DO UPDATE SET hash = excluded.hash, sent_at = excluded.sent_at,
			expires_at = excluded.expires_at, tries = excluded.tries`,
		c.PhoneHash, c.Hash, store.Micros(c.Sent), store.Micros(c.Expires), c.Tries)
	return err
}

// CountTry counts a wrong guess, DropCode spends a code.
func (Store) CountTry(ctx context.Context, tx *store.Tx, phoneHash string) error {
	_, err := tx.Exec(ctx, `UPDATE identity_code SET tries = tries + 1 WHERE phone_hash = ?`, phoneHash)
	return err
}

// DropCode spends a code.
func (Store) DropCode(ctx context.Context, tx *store.Tx, phoneHash string) error {
	_, err := tx.Exec(ctx, `DELETE FROM identity_code WHERE phone_hash = ?`, phoneHash)
	return err
}

// PutSession adds a session or moves it on to its next token.
func (Store) PutSession(ctx context.Context, tx *store.Tx, s account.Session) error {
	_, err := tx.Exec(ctx, `INSERT INTO identity_session (id, account_id, hash, spent, expires_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, spent = excluded.spent, expires_at = excluded.expires_at`,
		s.ID, s.AccountID, s.Hash, s.Spent, store.Micros(s.Expires))
	return err
}

// SessionByToken answers the session whose present or spent token has this hash, or store.ErrNotFound.
func (Store) SessionByToken(ctx context.Context, tx *store.Tx, hash string) (s account.Session, err error) {
	var expires int64
	err = tx.QueryRow(ctx, `SELECT id, account_id, hash, spent, expires_at FROM identity_session WHERE hash = ? OR spent = ?`, hash, hash).
		Scan(&s.ID, &s.AccountID, &s.Hash, &s.Spent, &expires)
	s.Expires = store.Time(expires)
	return s, err
}

// DropSession ends a session.
func (Store) DropSession(ctx context.Context, tx *store.Tx, id string) error {
	_, err := tx.Exec(ctx, `DELETE FROM identity_session WHERE id = ?`, id)
	return err
}

// DropExpired forgets sessions, codes and deposits that have lapsed.
func (Store) DropExpired(ctx context.Context, tx *store.Tx, now time.Time) error {
	for _, table := range []string{"identity_session", "identity_code", "identity_deposit"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE expires_at < ?`, store.Micros(now)); err != nil {
			return err
		}
	}
	return nil
}

// Key is one sealed signing key.
type Key struct {
	ID     string
	Sealed []byte
	Made   time.Time
}

// Keys answers the signing keys, the newest first.
func (Store) Keys(ctx context.Context, tx *store.Tx) ([]Key, error) {
	return store.Collect(ctx, tx, func(row store.Scanner) (k Key, err error) {
		var made int64
		err = row.Scan(&k.ID, &k.Sealed, &made)
		k.Made = store.Time(made)
		return k, err
	}, `SELECT id, sealed, created_at FROM identity_key ORDER BY created_at DESC, id DESC`)
}

// PutKey adds a signing key.
func (Store) PutKey(ctx context.Context, tx *store.Tx, k Key) error {
	_, err := tx.Exec(ctx, `INSERT INTO identity_key (id, sealed, created_at) VALUES (?, ?, ?)`, k.ID, k.Sealed, store.Micros(k.Made))
	return err
}

// DropKey forgets a signing key.
func (Store) DropKey(ctx context.Context, tx *store.Tx, id string) error {
	_, err := tx.Exec(ctx, `DELETE FROM identity_key WHERE id = ?`, id)
	return err
}
