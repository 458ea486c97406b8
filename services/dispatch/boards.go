package dispatch

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/dispatch/board"
	rows "github.com/linlihub/linli/services/dispatch/store"
)

// boards keeps the boards of this process between changes. A board is changed by one goroutine at a time; another process is
// fenced off by the version in the district's row.
type boards struct {
	db   *store.DB
	rows rows.Store

	mu    sync.Mutex
	slots map[string]*slot
	// shared are technicians of several districts of whom not all boards have heard yet what they do.
	shared map[string]bool
}

// slot is one district. tainted says that the board in memory may not be what the database has: it is loaded anew.
type slot struct {
	mu      sync.Mutex
	board   *board.Board
	tainted bool
}

// attempts is how often a change is tried when another process moved the board.
const attempts = 4

func newBoards(db *store.DB, r rows.Store) *boards {
	return &boards{db: db, rows: r, slots: map[string]*slot{}, shared: map[string]bool{}}
}

func (s *boards) slot(district string) *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots[district] == nil {
		s.slots[district] = &slot{}
	}
	return s.slots[district]
}

// change lets fn change a district's board and saves it with what it tells others, in one transaction. A keyed operation
// gets the answer it got before.
func change[T proto.Message](ctx context.Context, s *boards, district string, fn func(context.Context, *store.Tx, *board.Board) (T, error)) (answer T, err error) {
	slot := s.slot(district)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	for range attempts {
		answer, err = outbox.DoInTurn(ctx, s.db, func(ctx context.Context, tx *store.Tx) (T, error) {
			var none T
			if err := s.load(ctx, tx, slot, district); err != nil {
				return none, err
			}
			answer, err := fn(ctx, tx, slot.board)
			if err != nil {
				slot.tainted = slot.board.Changed()
				return none, err
			}
			return answer, s.save(ctx, tx, slot)
		}, turnOf(district))
		if !errors.Is(err, rows.ErrMoved) {
			break
		}
	}
	return answer, err
}

// changeBoth lets fn change the boards of two districts and saves both in one transaction, or neither: each is fenced by its own
// version. Districts are locked by name, so that two such changes never wait for each other.
func changeBoth(ctx context.Context, s *boards, one, other string, fn func(one, other *board.Board)) (err error) {
	locked := []string{one, other}
	slices.Sort(locked)
	slots := map[string]*slot{}
	for _, district := range locked {
		slots[district] = s.slot(district)
		slots[district].mu.Lock()
		defer slots[district].mu.Unlock()
	}
	for range attempts {
		err = s.db.InTurn(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, district := range locked {
				if err := s.load(ctx, tx, slots[district], district); err != nil {
					return err
				}
			}
			fn(slots[one].board, slots[other].board)
			for _, district := range locked {
				if err := s.save(ctx, tx, slots[district]); err != nil {
					return err
				}
			}
			return nil
		}, turnOf(one), turnOf(other))
		if !errors.Is(err, rows.ErrMoved) {
			break
		}
	}
	return err
}

// turnOf names a board for whoever changes it, so that replicas wait for each other instead of finding that it moved.
func turnOf(district string) string { return "board " + district }

// load makes the board in memory what the database has. The version is asked for every time, for another replica may have
// moved the board: what was decided on an old one, and be it that there is nothing to do, would be lost without a trace.
func (s *boards) load(ctx context.Context, tx *store.Tx, slot *slot, district string) error {
	known := slot.board != nil && !slot.tainted
	// Until the commit is known, memory is ahead of the database.
	slot.tainted = true
	if known {
		version, err := s.rows.Version(ctx, tx, district)
		if err != nil || version == slot.board.Version {
			return err
		}
	}
	loaded, err := s.rows.Load(ctx, tx, district)
	if err == nil {
		slot.board = loaded
	}
	return err
}

func (s *boards) save(ctx context.Context, tx *store.Tx, slot *slot) error {
	b := slot.board
	if !b.Changed() {
		slot.tainted = false
		return nil
	}
	if err := s.rows.Save(ctx, tx, b); err != nil {
		return err
	}
	if err := tell(ctx, tx, b); err != nil {
		return err
	}
	shared := b.Shared()
	tx.OnCommit(func() {
		s.share(shared...)
		b.Version++
		b.Settle()
		slot.tainted = false
	})
	return nil
}

// tell adds the events of a change, each in the trace of its ticket.
func tell(ctx context.Context, tx *store.Tx, b *board.Board) error {
	stories := map[string]context.Context{}
	for _, e := range toProtoEvents(b) {
		if stories[e.Subject] == nil {
			stories[e.Subject] = outbox.Join(ctx, b.TraceOf(e.Subject))
		}
		if err := outbox.Add(stories[e.Subject], tx, e); err != nil {
			return err
		}
	}
	return nil
}

// peek shows a board that is in memory, without saving what fn may note on it; false when none is.
func (s *boards) peek(district string, fn func(*board.Board)) bool {
	slot := s.slot(district)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	if slot.board == nil || slot.tainted {
		return false
	}
	fn(slot.board)
	return true
}

// forget drops a board from memory that is older than what the database has.
func (s *boards) forget(district string, version int64) {
	slot := s.slot(district)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	if slot.board != nil && slot.board.Version < version {
		slot.tainted = true
	}
}

// share notes technicians whose other boards must hear of what they do.
func (s *boards) share(staff ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range staff {
		s.shared[id] = true
	}
}

// takeShared answers them once.
func (s *boards) takeShared() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	staff := slices.Sorted(maps.Keys(s.shared))
	clear(s.shared)
	return staff
}
