package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

// A server that leaves in the middle of a transaction is an outage, which a caller may wait out, and no fault of ours.
func TestAServerThatLeavesIsAnOutage(t *testing.T) {
	db := storetest.Open(t, storetest.Postgres(t))
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `SELECT pg_terminate_backend(pg_backend_pid())`)
		return err
	})
	checkAway(t, err)
	err = db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { // on a new connection
		_, err := tx.Exec(ctx, `SELECT 1`)
		return err
	})
	if err != nil {
		t.Errorf("after its return: %v", err)
	}
}

func checkAway(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrAway) || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
}
