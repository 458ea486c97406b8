package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/linlihub/linli/libs/store"
)

// Once remembers, in the transaction of the effect, that a consumer applies a message. fresh is false when it already did: then
// there is nothing left to do.
func Once(ctx context.Context, tx *store.Tx, consumer, messageID string) (fresh bool, err error) {
	rows, err := tx.Exec(ctx, `
		INSERT INTO outbox_inbox (consumer, message_id, seen_at) VALUES (?, ?, ?) ON CONFLICT (consumer, message_id) DO NOTHING`,
		consumer, messageID, store.Micros(time.Now()))
	if err != nil {
		return false, fmt.Errorf("remember message %s: %w", messageID, err)
	}
	return rows == 1, nil
}
