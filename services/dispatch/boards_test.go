package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/plan"
	rows "github.com/linlihub/linli/services/dispatch/store"
)

const district = "east"

// replicas gives two replicas of dispatch on one database, on every engine: what both know is in the database only.
func replicas(t *testing.T, fn func(t *testing.T, a, b *Desk)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), migrations, "dispatch"); err != nil {
			t.Fatal(err)
		}
		if _, err := outbox.Open(t.Context(), db, outbox.Config{Source: "dispatch"}); err != nil {
			t.Fatal(err)
		}
		fn(t, replica(db, clock.NewFake(noon)), replica(db, clock.NewFake(noon)))
	})
}

var noon = time.Date(2025, 3, 24, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

// opened is the reaction to an opened ticket.
func (d *Desk) opened(t *testing.T, ticket string) error {
	t.Helper()
	return d.learn(t.Context(), bus.Message{ID: "opened " + ticket}, district, func(b *board.Board, now time.Time) {
		b.JobOpened(board.JobRow{Job: plan.Job{ID: ticket, District: district, Priority: 3, Opened: now}, Cycle: 1}, now)
	})
}

func (d *Desk) cancelled(t *testing.T, ticket string) error {
	t.Helper()
	return d.learn(t.Context(), bus.Message{ID: "cancelled " + ticket}, district, func(b *board.Board, now time.Time) {
		b.JobClosed(ticket, "cancelled", now)
	})
}

// saved is the board as the database has it.
func (d *Desk) saved(t *testing.T) *board.Board {
	t.Helper()
	b, err := read(t.Context(), d.db, func(ctx context.Context, tx *store.Tx) (*board.Board, error) {
		return d.rows.Load(ctx, tx, district)
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestOfTwoWritersOneCommits has both hold the same version and both believe that the district is theirs.
func TestOfTwoWritersOneCommits(t *testing.T) {
	replicas(t, func(t *testing.T, a, b *Desk) {
		for round, first := range []*Desk{a, b} { // a district's first version, and one of its later ones
			mine, theirs := a.saved(t), b.saved(t)
			if mine.Version != theirs.Version {
				t.Fatalf("versions %d and %d", mine.Version, theirs.Version)
			}
			save := func(d *Desk, loaded *board.Board, ticket string) error {
				loaded.JobOpened(board.JobRow{Job: plan.Job{ID: ticket, Opened: noon}, Cycle: 1}, noon)
				return d.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return d.rows.Save(ctx, tx, loaded) })
			}
			winner, loser := fmt.Sprintf("winner %d", round), fmt.Sprintf("loser %d", round)
			if err := save(first, mine, winner); err != nil {
				t.Fatal(err)
			}
			if err := save(b, theirs, loser); !errors.Is(err, rows.ErrMoved) {
				t.Fatalf("both commit: %v", err)
			}
			after := a.saved(t)
			if after.Version != int64(round)+1 || after.Job(winner) == nil || after.Job(loser) != nil {
				t.Errorf("version %d, jobs %v", after.Version, after.Jobs())
			}
		}
	})
}

// TestLoserLoadsAnewAndItsEffectHappensOnce has both replicas, at once, apply events of their own and the same events.
func TestLoserLoadsAnewAndItsEffectHappensOnce(t *testing.T) {
	const tickets = 30
	replicas(t, func(t *testing.T, a, b *Desk) {
		applied, mu := map[string]int{}, sync.Mutex{}
		act := func(d *Desk, id string) {
			for {
				_, err := change(t.Context(), d.boards, district, func(ctx context.Context, tx *store.Tx, on *board.Board) (*emptypb.Empty, error) {
					fresh, err := outbox.Once(ctx, tx, consumer, id)
					if err != nil || !fresh {
						return &emptypb.Empty{}, err
					}
					on.JobOpened(board.JobRow{Job: plan.Job{ID: id, Opened: noon}, Cycle: 1}, noon)
					tx.OnCommit(func() {
						mu.Lock()
						defer mu.Unlock()
						applied[id]++
					})
					return &emptypb.Empty{}, nil
				})
				if err == nil {
					return
				}
				if !errors.Is(err, rows.ErrMoved) && !errors.Is(err, store.ErrBusy) { // the bus would come again
					t.Error(err)
					return
				}
			}
		}
		var both sync.WaitGroup
		for name, d := range map[string]*Desk{"a": a, "b": b} {
			both.Go(func() {
				for n := range tickets {
					act(d, fmt.Sprintf("%s %d", name, n))
					act(d, fmt.Sprintf("both %d", n))
				}
			})
		}
		both.Wait()
		after := a.saved(t)
		if len(after.Jobs()) != 3*tickets || after.Version != 3*tickets {
			t.Errorf("%d jobs in %d changes, want %d in as many", len(after.Jobs()), after.Version, 3*tickets)
		}
		for id, times := range applied {
			if times != 1 {
				t.Errorf("%s was applied %d times", id, times)
			}
		}
	})
}

// TestReplicaSeesWhatAnotherDid has a replica that holds an old board in memory decide on it. Nothing to do on the old board
// must not mean nothing to do.
func TestReplicaSeesWhatAnotherDid(t *testing.T) {
	replicas(t, func(t *testing.T, a, b *Desk) {
		for _, err := range []error{a.opened(t, "first"), b.opened(t, "second"), a.opened(t, "third"), b.cancelled(t, "third")} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if after := a.saved(t); after.Job("third") != nil || after.Job("first") == nil || after.Job("second") == nil {
			t.Errorf("open jobs %v", after.Jobs())
		}
	})
}
