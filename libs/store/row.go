package store

import (
	"context"
	"database/sql"
	"errors"
)

// Scanner is a row to read from: a [Row], or the current one of sql.Rows.
type Scanner interface {
	Scan(dest ...any) error
}

// Row is what Tx.QueryRow found.
type Row struct {
	tx  *Tx
	ctx context.Context
	row *sql.Row
	err error
}

// Scan reads the row, or answers [ErrNotFound].
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	err := r.row.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return r.tx.failed(r.ctx, err)
	}
	return nil
}

// Collect runs a query and returns what scan reads from each of its rows. No rows are no error.
func Collect[T any](ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, tx.failed(ctx, err)
	}
	return all, nil
}
