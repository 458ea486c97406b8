// Package store keeps the staff register in rows. Every method works in the caller's transaction.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/hr/staff"
)

// Store reads and writes employees. Box seals what is personal.
type Store struct{ Box *seal.Box }

// Put adds or corrects an employee.
func (s Store) Put(ctx context.Context, tx *store.Tx, e staff.Employee) error {
	fullName, phone := s.Box.Seal(e.FullName), s.Box.Seal(e.Phone)
	e.FullName, e.Phone = "", ""
	profile, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write profile of %s: %w", e.ID, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO hr_staff (id, username, full_name, phone, profile) VALUES (?, '', ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET full_name = excluded.full_name, phone = excluded.phone, profile = excluded.profile`,
		e.ID, fullName, phone, string(profile))
	return err
}

// SetUsername reserves a user name, or answers staff.ErrUsernameTaken. It says whether the name is new for the employee.
func (Store) SetUsername(ctx context.Context, tx *store.Tx, id, username string) (bool, error) {
	var holder string
	err := tx.QueryRow(ctx, `SELECT id FROM hr_staff WHERE username = ?`, username).Scan(&holder)
	switch {
	case err == nil && holder != id:
		return false, staff.ErrUsernameTaken.With("username", username)
	case err == nil:
		return false, nil
	case !errors.Is(err, store.ErrNotFound):
		return false, err
	}
	_, err = tx.Exec(ctx, `UPDATE hr_staff SET username = ? WHERE id = ?`, username, id)
	return true, err
}

// Get answers one employee, or staff.ErrUnknown.
func (s Store) Get(ctx context.Context, tx *store.Tx, id string) (staff.Employee, error) {
	e, err := s.scan(tx.QueryRow(ctx, `SELECT full_name, phone, profile FROM hr_staff WHERE id = ?`, id))
	if errors.Is(err, store.ErrNotFound) {
		return e, staff.ErrUnknown
	}
	return e, err
}

// All answers every employee by id.
func (s Store) All(ctx context.Context, tx *store.Tx) ([]staff.Employee, error) {
	return store.Collect(ctx, tx, s.scan, `SELECT full_name, phone, profile FROM hr_staff ORDER BY id`)
}

func (s Store) scan(row store.Scanner) (e staff.Employee, err error) {
	var fullName, phone []byte
	var profile string
	if err := row.Scan(&fullName, &phone, &profile); err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(profile), &e); err != nil {
		return e, fmt.Errorf("read profile: %w", err)
	}
	if e.FullName, err = s.Box.Open(fullName); err == nil {
		e.Phone, err = s.Box.Open(phone)
	}
	return e, err
}
