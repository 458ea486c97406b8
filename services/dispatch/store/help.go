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

// ChangeHelp lets fn change who may help whom; of two changes at once the second sees the first.
func (s Store) ChangeHelp(ctx context.Context, tx *store.Tx, fn func(helpers map[string][]string) error) error {
	if _, err := tx.Exec(ctx, `UPDATE dispatch_help SET version = version + 1 WHERE id = 1`); err != nil {
		return fmt.Errorf("lock who helps whom: %w", err)
	}
	helpers, err := s.Help(ctx, tx)
	if err != nil {
		return err
	}
	if err := fn(helpers); err != nil {
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
