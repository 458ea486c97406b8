package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/linlihub/linli/libs/store"
)

// Help answers which districts may help which: by the helped one, in the order in which they are asked.
func (Store) Help(ctx context.Context, tx *store.Tx) (helpers map[string][]string, err error) {
	var data string
	if err := tx.QueryRow(ctx, `SELECT data FROM dispatch_help WHERE id = 1`).Scan(&data); err != nil {
		return nil, fmt.Errorf("load who helps whom: %w", err)
	}
	return helpers, json.Unmarshal([]byte(data), &helpers)
}

// HelpVersion answers how often who may help whom was changed.
func (Store) HelpVersion(ctx context.Context, tx *store.Tx) (version int64, err error) {
	if err := tx.QueryRow(ctx, `SELECT version FROM dispatch_help WHERE id = 1`).Scan(&version); err != nil {
		return 0, fmt.Errorf("look at who helps whom: %w", err)
	}
	return version, nil
}

// ChangeHelp lets fn change who may help whom, of which it is told the version; of two changes at once the second sees the first.
func (s Store) ChangeHelp(ctx context.Context, tx *store.Tx, fn func(version int64, helpers map[string][]string) error) error {
	if _, err := tx.Exec(ctx, `UPDATE dispatch_help SET version = version + 1 WHERE id = 1`); err != nil {
		return fmt.Errorf("lock who helps whom: %w", err)
	}
	helpers, err := s.Help(ctx, tx)
	if err != nil {
		return err
	}
	version, err := s.HelpVersion(ctx, tx)
	if err != nil {
		return err
	}
	if err := fn(version-1, helpers); err != nil {
		return err
	}
	data, err := json.Marshal(helpers)
	if err != nil {
		return fmt.Errorf("write who helps whom: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE dispatch_help SET data = ? WHERE id = 1`, string(data)); err != nil {
		return fmt.Errorf("save who helps whom: %w", err)
	}
	return nil
}
