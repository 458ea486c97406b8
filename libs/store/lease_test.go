package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

func TestLeaseHasOneHolderAndRisingEpochs(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		first, err := db.Acquire(t.Context(), "relay", "a", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for _, holder := range []string{"a", "b"} {
			if _, err := db.Acquire(t.Context(), "relay", holder, time.Hour); !errors.Is(err, store.ErrHeld) {
				t.Errorf("%s acquires what is held: %v", holder, err)
			}
		}
		if other, err := db.Acquire(t.Context(), "other", "b", time.Hour); err != nil || other.Epoch != 1 {
			t.Errorf("another lease: %+v, %v", other, err)
		}
		if err := errors.Join(first.Renew(t.Context()), first.Release(t.Context())); err != nil {
			t.Error(err)
		}
		for name, err := range map[string]error{"renew": first.Renew(t.Context()), "release": first.Release(t.Context())} {
			if !errors.Is(err, store.ErrLost) {
				t.Errorf("%s after release: %v", name, err)
			}
		}
		second, err := db.Acquire(t.Context(), "relay", "b", time.Hour)
		if err != nil || second.Epoch <= first.Epoch {
			t.Fatalf("%+v after %+v: %v", second, first, err)
		}
		if err := first.Release(t.Context()); !errors.Is(err, store.ErrLost) {
			t.Errorf("a former holder released: %v", err)
		}
		if err := second.Renew(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestLeaseExpires waits, as a second process would, for a holder that died.
func TestLeaseExpires(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const ttl = 50 * time.Millisecond
		began := time.Now()
		dead, err := db.Acquire(t.Context(), "relay", "dead", ttl)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Hold(t.Context(), "relay", "heir", time.Hour, func(ctx context.Context, l *store.Lease) error {
			if waited := time.Since(began); waited < ttl {
				t.Errorf("the heir waited only %v", waited)
			}
			if l.Epoch <= dead.Epoch {
				t.Errorf("epoch %d after %d", l.Epoch, dead.Epoch)
			}
			if err := dead.Renew(ctx); !errors.Is(err, store.ErrLost) {
				t.Errorf("the dead renews: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestHoldLetsInOneAtATime(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var inside, epochs atomic.Int64
		var group sync.WaitGroup
		for _, holder := range []string{"a", "b", "c", "d"} {
			group.Go(func() {
				err := db.Hold(t.Context(), "board", holder, 2*time.Second, func(ctx context.Context, l *store.Lease) error {
					if inside.Add(1) != 1 {
						t.Error("two at a time")
					}
					if before := epochs.Swap(l.Epoch); before >= l.Epoch {
						t.Errorf("epoch %d after %d", l.Epoch, before)
					}
					inside.Add(-1)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	})
}

// TestHoldRenews holds for longer than the ttl while another one waits.
func TestHoldRenews(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const ttl = time.Second
		waiting, stop := context.WithTimeout(t.Context(), 5*ttl/2)
		defer stop()
		err := db.Hold(t.Context(), "relay", "a", ttl, func(ctx context.Context, _ *store.Lease) error {
			err := db.Hold(waiting, "relay", "b", ttl, func(context.Context, *store.Lease) error { return nil })
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the other one: %v", err)
			}
			return context.Cause(ctx)
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestHoldTellsOfTheLoss(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		err := db.Hold(t.Context(), "relay", "a", 100*time.Millisecond, func(ctx context.Context, _ *store.Lease) error {
			exec(t, db, `UPDATE store_lease SET epoch = epoch + 1, holder = 'thief'`)
			<-ctx.Done()
			return nil
		})
		if !errors.Is(err, store.ErrLost) {
			t.Error(err)
		}
	})
}

// TestRestartNeedNotWait: a SQLite file has one process, so that what it held when it was killed is free.
func TestRestartNeedNotWait(t *testing.T) {
	config := storetest.SQLite(t)
	var last int64
	for range 3 {
		db := storetest.Open(t, config)
		if err := db.Migrate(t.Context(), sub(t, testdata, "testdata"), "shelf"); err != nil {
			t.Fatal(err)
		}
		lease, err := db.Acquire(t.Context(), "relay", "a", time.Hour) // never given back
		if err != nil || lease.Epoch <= last {
			t.Fatalf("%+v after %d: %v", lease, last, err)
		}
		last = lease.Epoch
	}
}
