package store

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	"github.com/linlihub/linli/services/notify/feed"
)

var (
	now = time.Date(2025, 3, 24, 1, 0, 0, 0, time.UTC)
	all Store
)

func each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	storetest.EachMigrated(t, fn, "notify", os.DirFS("../migrations"))
}

func read[T any](t testing.TB, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) (answer T) {
	t.Helper()
	err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = fn(ctx, tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func write(t testing.TB, db *store.DB, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), fn); err != nil {
		t.Error(err)
	}
}

func entry(name string, n int) *notifyv1.Entry {
	return &notifyv1.Entry{
		Feed: name, Type: "TicketOpened", EventId: fmt.Sprint(n), At: timestamppb.New(now.Add(time.Duration(n) * time.Minute)),
		Text: &commonv1.Text{Zh: "工单已提交", En: "opened"},
	}
}

func add(t testing.TB, db *store.DB, entries ...*notifyv1.Entry) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) error {
		for _, e := range entries {
			if err := all.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func after(t testing.TB, db *store.DB, name string, seq int64, limit int) []*notifyv1.Entry {
	t.Helper()
	return read(t, db, func(ctx context.Context, tx *store.Tx) ([]*notifyv1.Entry, error) {
		return all.After(ctx, tx, name, seq, limit)
	})
}

func TestFeed_IsReplayedFromAnySequence(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var want []*notifyv1.Entry
		for i := range 20 {
			want = append(want, entry("ticket:a", i))
			add(t, db, want[i], entry("ticket:b", i))
		}
		for seq := range int64(21) {
			for _, limit := range []int{1, 7, 100} {
				got := after(t, db, "ticket:a", seq, limit)
				if len(got) != min(limit, 20-int(seq)) {
					t.Fatalf("%d after %d of at most %d", len(got), seq, limit)
				}
				for i, e := range got {
					if !proto.Equal(e, want[int(seq)+i]) || e.GetSeq() != seq+int64(i)+1 {
						t.Fatalf("after %d: %v", seq, e)
					}
				}
			}
		}
		newest := read(t, db, func(ctx context.Context, tx *store.Tx) ([]*notifyv1.Entry, error) {
			return all.Newest(ctx, tx, "ticket:a", 3)
		})
		if len(newest) != 3 || newest[0].GetSeq() != 18 || newest[2].GetSeq() != 20 {
			t.Errorf("newest %v", newest)
		}
		if got := after(t, db, "ticket:nothing", 0, 10); len(got) != 0 {
			t.Errorf("a feed nobody wrote: %v", got)
		}
	})
}

// Whoever writes at once, and whoever fails: the numbers of a feed have no gap, so that a reader knows that nothing is missing.
func TestFeed_HasNoGapsUnderConcurrentWriters(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const writers, each = 6, 10
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					if i%3 == 0 { // begins and gives up
						_ = db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
							if err := all.Append(ctx, tx, entry("district:east", i)); err != nil {
								return err
							}
							return context.Canceled
						})
					}
					add(t, db, entry("district:east", w*each+i))
				}
			})
		}
		wg.Wait()
		got := after(t, db, "district:east", 0, 1000)
		if len(got) != writers*each {
			t.Fatalf("%d entries of %d", len(got), writers*each)
		}
		seen := map[string]bool{}
		for i, e := range got {
			if e.GetSeq() != int64(i+1) || seen[e.GetEventId()] {
				t.Fatalf("entry %d is number %d, event %s", i+1, e.GetSeq(), e.GetEventId())
			}
			seen[e.GetEventId()] = true
		}
	})
}

func TestMarkRead_ForwardOnlyAndNotBeyondTheEnd(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		add(t, db, entry("person:anna", 1), entry("person:anna", 2), entry("person:anna", 3))
		for _, step := range []struct{ mark, want int64 }{{2, 2}, {1, 2}, {0, 2}, {-5, 2}, {1000, 3}, {2, 3}} {
			write(t, db, func(ctx context.Context, tx *store.Tx) error { return all.MarkRead(ctx, tx, "person:anna", step.mark) })
			var seq, upTo int64
			read(t, db, func(ctx context.Context, tx *store.Tx) (_ int, err error) {
				seq, upTo, err = all.Position(ctx, tx, "person:anna")
				return 0, err
			})
			if seq != 3 || upTo != step.want {
				t.Errorf("marked %d: read up to %d of %d, want %d", step.mark, upTo, seq, step.want)
			}
		}
	})
}

func TestDropBefore_ForgetsTheOldInStepsAndKeepsCounting(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for i := range 5 {
			add(t, db, entry("ticket:a", i))
		}
		drop := func(limit int) (n int64) {
			write(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				n, err = all.DropBefore(ctx, tx, now.Add(3*time.Minute), limit)
				return err
			})
			return n
		}
		if first, second, third := drop(2), drop(2), drop(2); first != 2 || second != 1 || third != 0 {
			t.Errorf("dropped %d, %d, %d", first, second, third)
		}
		if got := after(t, db, "ticket:a", 0, 10); len(got) != 2 || got[0].GetSeq() != 4 {
			t.Errorf("left %v", got)
		}
		next := entry("ticket:a", 9)
		add(t, db, next)
		if next.GetSeq() != 6 {
			t.Errorf("the next is number %d", next.GetSeq())
		}
	})
}

func TestTicket_IsKeptWithItsListeners(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		known := func() feed.Ticket {
			return read(t, db, func(ctx context.Context, tx *store.Tx) (feed.Ticket, error) { return all.Ticket(ctx, tx, "a") })
		}
		if got := known(); !reflect.DeepEqual(got, feed.Ticket{}) {
			t.Errorf("known before: %+v", got)
		}
		for _, listeners := range [][]string{{}, {"staff:liu", "person:ben"}} {
			want := feed.Ticket{ID: "a", DistrictID: "east", ResidentID: "anna", Listeners: listeners}
			write(t, db, func(ctx context.Context, tx *store.Tx) error { return all.PutTicket(ctx, tx, want) })
			if got := known(); !reflect.DeepEqual(got, want) {
				t.Errorf("known %+v, want %+v", got, want)
			}
		}
	})
}
