package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
)

// increment is the operation of these tests: it answers the new count.
func increment(ctx context.Context, tx *store.Tx) (*wrapperspb.Int64Value, error) {
	var n int64
	err := tx.QueryRow(ctx, `UPDATE counter SET n = n + 1 RETURNING n`).Scan(&n)
	return wrapperspb.Int64(n), err
}

func TestDoReplays(t *testing.T) {
	key := outbox.Key{Scope: "account-1", Operation: "x.v1.X/Count", Key: "k", Hash: "h"}
	other := func(change func(*outbox.Key)) outbox.Key { k := key; change(&k); return k }
	each(t, func(t *testing.T, db *store.DB) {
		for i, step := range []struct {
			name string
			key  outbox.Key
			want int64
			err  error
		}{
			{"first", key, 1, nil},
			{"again", key, 1, nil},
			{"another body", other(func(k *outbox.Key) { k.Hash = "other" }), 0, outbox.ErrReused},
			{"another key", other(func(k *outbox.Key) { k.Key = "k2" }), 2, nil},
			{"another caller", other(func(k *outbox.Key) { k.Scope = "account-2" }), 3, nil},
			{"another operation", other(func(k *outbox.Key) { k.Operation = "x.v1.X/Other" }), 4, nil},
			{"the first once more", key, 1, nil},
			{"no key", outbox.Key{}, 5, nil},
			{"no key again", outbox.Key{}, 6, nil},
		} {
			got, err := outbox.Do(outbox.WithKey(t.Context(), step.key), db, increment)
			if got.GetValue() != step.want || !errors.Is(err, step.err) {
				t.Errorf("%d %s: %v, %v", i, step.name, got, err)
			}
		}
		if fault.KindOf(outbox.ErrReused) != fault.Unprocessable {
			t.Error("a reused key is not 422")
		}
	})
}

func TestDoKeepsNothingOfAFailure(t *testing.T) {
	broken := fault.Define(fault.Conflict, "outboxtest.broken", "坏了", "broken")
	each(t, func(t *testing.T, db *store.DB) {
		ctx := outbox.WithKey(t.Context(), outbox.Key{Scope: "a", Operation: "o", Key: "k", Hash: "h"})
		fail := func(ctx context.Context, tx *store.Tx) (*wrapperspb.Int64Value, error) {
			n, err := increment(ctx, tx)
			if err != nil {
				return nil, err
			}
			if err := outbox.Add(ctx, tx, event("a", 0)); err != nil {
				return nil, err
			}
			return n, broken.With("n", n.GetValue())
		}
		for range 2 {
			if got, err := outbox.Do(ctx, db, fail); got != nil || !errors.Is(err, broken) {
				t.Errorf("%v, %v", got, err)
			}
		}
		for _, table := range []string{"outbox_event", "outbox_idempotency"} {
			if n := count(t, db, `SELECT count(*) FROM `+table); n != 0 {
				t.Errorf("%d rows of %s", n, table)
			}
		}
		if got, err := outbox.Do(ctx, db, increment); got.GetValue() != 1 || err != nil {
			t.Errorf("after the failures: %v, %v", got, err)
		}
	})
}

func TestDoInParallelRunsOnce(t *testing.T) {
	const callers = 30
	each(t, func(t *testing.T, db *store.DB) {
		var group sync.WaitGroup
		for i := range callers {
			ctx := outbox.WithKey(t.Context(), outbox.Key{Scope: "a", Operation: "o", Key: fmt.Sprint(i % 3), Hash: "h"})
			group.Go(func() {
				if got, err := outbox.Do(ctx, db, increment); err != nil || got.GetValue() < 1 || got.GetValue() > 3 {
					t.Errorf("%v, %v", got, err)
				}
			})
		}
		group.Wait()
		if n := count(t, db, `SELECT n FROM counter`); n != 3 {
			t.Errorf("%d effects of 3 keys", n)
		}
	})
}

// TestDoOnceForAKey: what runs inside does not see the key, an empty answer is an answer, and a second change under the same
// key is a mistake that is told.
func TestDoOnceForAKey(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := outbox.WithKey(t.Context(), outbox.Key{Scope: "a", Operation: "o", Key: "k", Hash: "h"})
		runs := 0
		for range 2 {
			got, err := outbox.Do(ctx, db, func(ctx context.Context, tx *store.Tx) (*emptypb.Empty, error) {
				runs++
				if _, err := outbox.Do(ctx, db, increment); !errors.Is(err, store.ErrNested) {
					t.Errorf("inside: %v", err)
				}
				return &emptypb.Empty{}, nil
			})
			if got == nil || err != nil {
				t.Errorf("%v, %v", got, err)
			}
		}
		if runs != 1 {
			t.Errorf("%d runs", runs)
		}
		if got, err := outbox.Do(ctx, db, increment); err == nil {
			t.Errorf("another answer of the same key: %v", got)
		}
	})
}

// What is kept of an answer tells no more than its caller was shown.
func TestDoKeepsNoPersonalData(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx := outbox.WithKey(t.Context(), outbox.Key{Scope: "a", Operation: "o", Key: "k", Hash: "h"})
		for i, want := range []string{"13800001234", "138****1234"} {
			got, err := outbox.Do(ctx, db, func(context.Context, *store.Tx) (*hrv1.Employee, error) {
				return &hrv1.Employee{Id: "e1", Phone: "13800001234"}, nil
			})
			if err != nil || got.GetId() != "e1" || got.GetPhone() != want {
				t.Errorf("call %d: %v, %v, want the phone as %s", i+1, got, err, want)
			}
		}
	})
}

func TestOnce(t *testing.T) {
	const calls = 200
	each(t, func(t *testing.T, db *store.DB) {
		var fresh atomic.Int64
		var group sync.WaitGroup
		for range calls {
			group.Go(func() {
				once := false
				err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
					once, err = outbox.Once(ctx, tx, "counter", "message")
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if once {
					fresh.Add(1)
				}
			})
		}
		group.Wait()
		if n := fresh.Load(); n != 1 {
			t.Errorf("fresh %d times", n)
		}
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for _, other := range [][2]string{{"other", "message"}, {"counter", "other"}} {
				if once, err := outbox.Once(ctx, tx, other[0], other[1]); err != nil || !once {
					t.Errorf("%v: %v, %v", other, once, err)
				}
			}
			return errors.New("rolled back")
		})
		if err == nil || count(t, db, `SELECT count(*) FROM outbox_inbox`) != 1 {
			t.Error("a message that was rolled back is remembered")
		}
	})
}
