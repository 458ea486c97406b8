package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/linlihub/linli/libs/store"
)

// fate is how a change ends, unless a row of it is taken already.
type fate string

const (
	kept        fate = "kept"
	swallows    fate = "keeps its error to itself"
	refused     fate = "refused by its own rule"
	panics      fate = "panics"
	exits       fate = "ends its goroutine"
	givenUp     fate = "given up by its caller between two statements"
	interrupted fate = "given up in the middle of a statement"
	late        fate = "given up before it begins"
	impatient   fate = "given up while it waits for its turn"
)

var fates = []fate{kept, kept, kept, kept, swallows, refused, panics, exits, givenUp, interrupted, late, impatient}

var errOwn = errors.New("the change's own refusal")

// change is one Write of some rows, and what came of it.
type change struct {
	fate fate
	rows []int

	given    context.Context
	cancel   context.CancelFunc
	err      error
	panicked any
	exited   bool
	hooks    atomic.Int64
}

// GoString is how rapid shows what failed.
func (c *change) GoString() string { return fmt.Sprintf("{%s %v}", c.fate, c.rows) }

// long is a statement that takes much longer than its caller's patience. It must end by itself, for the driver forgets a caller
// that gives up in the very moment in which it begins.
const long = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000)
	UPDATE shelf_book SET copies = (SELECT count(*) FROM n)`

// TestChangesAreApart lets changes that share commits end in every way there is. What stays is exactly what those wrote that
// were told so; each hears of its own end and of no other's; and a conflict is with a row that really came to be.
func TestChangesAreApart(t *testing.T) {
	db := shelf(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		changes := rapid.SliceOfN(rapid.Custom(drawChange), 2, 30).Draw(rt, "changes")
		writeTogether(t.Context(), db, round, changes)
		for i, c := range changes {
			if problem := c.judge(t, db, round, i); problem != "" {
				rt.Errorf("change %d, %s, rows %v: %s (%v)", i, c.fate, c.rows, problem, c.err)
			}
		}
		want := 0
		for _, c := range changes {
			if c.succeeded() {
				want += len(c.rows)
			}
		}
		if n := count(t, db, `SELECT count(*) FROM shelf_book WHERE id LIKE ?`, fmt.Sprint(round, "/%")); n != int64(want) {
			rt.Errorf("%d rows, want %d", n, want)
		}
	})
}

func drawChange(t *rapid.T) *change {
	return &change{
		fate: rapid.SampledFrom(fates).Draw(t, "fate"),
		rows: rapid.SliceOfNDistinct(rapid.IntRange(0, 60), 1, 3, rapid.ID).Draw(t, "rows"),
	}
}

// writeTogether has all changes wait behind one that keeps the turn until they do.
func writeTogether(ctx context.Context, db *store.DB, round int, changes []*change) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	patient := int64(0)
	for i, c := range changes {
		c.given, c.cancel = context.WithCancel(ctx)
		if c.fate != late {
			patient++
		}
		all.Go(func() {
			<-begin
			over := make(chan struct{})
			go func() { // of its own, for the one that ends its goroutine
				defer close(over)
				c.write(db, round, i)
			}()
			<-over
		})
	}
	first := sync.OnceFunc(func() {
		close(begin)
		for db.Waiting() < patient {
			runtime.Gosched()
		}
		for _, c := range changes {
			if c.fate == impatient {
				c.cancel()
			}
		}
	})
	_ = db.Write(ctx, func(context.Context, *store.Tx) error { // it has nothing to lose
		first()
		return nil
	})
	all.Wait()
}

func (c *change) write(db *store.DB, round, number int) {
	defer c.cancel()
	c.exited = true
	defer func() {
		if c.panicked = recover(); c.panicked != nil {
			c.exited = false
		}
	}()
	if c.fate == late {
		c.cancel()
	}
	c.err = db.Write(c.given, func(ctx context.Context, tx *store.Tx) error {
		tx.OnCommit(func() { c.hooks.Add(1) })
		for _, row := range c.rows {
			name := fmt.Sprint(round, "/", row)
			if _, err := tx.Exec(ctx, put, name, name, number); err != nil && c.fate != swallows {
				return err
			}
		}
		return c.end(ctx, tx)
	})
	c.exited = false
}

func (c *change) end(ctx context.Context, tx *store.Tx) error {
	switch c.fate {
	case refused:
		return errOwn
	case panics:
		panic(errOwn)
	case exits:
		runtime.Goexit()
	case givenUp:
		c.cancel()
	case interrupted:
		timer := time.AfterFunc(5*time.Millisecond, c.cancel)
		defer timer.Stop()
		_, err := tx.Exec(ctx, long)
		return err
	case kept, swallows, late, impatient:
	}
	return nil
}

func (c *change) succeeded() bool { return c.err == nil && c.panicked == nil && !c.exited }

// judge says what is wrong with the end of a change, or nothing.
func (c *change) judge(t *testing.T, db *store.DB, round, number int) string {
	conflict := errors.Is(c.err, store.ErrConflict)
	if hooks := c.hooks.Load(); (hooks == 1) != c.succeeded() || hooks > 1 {
		return fmt.Sprint(hooks, " hooks ran")
	}
	var taken []int64
	for _, row := range c.rows {
		taken = append(taken, count(t, db, `SELECT coalesce(max(copies), -1) FROM shelf_book WHERE id = ?`, fmt.Sprint(round, "/", row)))
	}
	switch lost := slices.ContainsFunc(taken, func(by int64) bool { return by != int64(number) }); {
	case c.succeeded() && lost:
		return fmt.Sprint("it succeeded, but its rows belong to ", taken)
	case !c.succeeded() && slices.Contains(taken, int64(number)):
		return "it failed, but a row of it stayed"
	case conflict && slices.Max(taken) < 0:
		return "a conflict with a row that never was"
	case conflict:
		return ""
	}
	told := map[fate]bool{
		kept: c.succeeded(), swallows: c.succeeded(),
		refused: errors.Is(c.err, errOwn), panics: c.panicked == any(errOwn),
		exits:   c.exited,
		givenUp: errors.Is(c.err, context.Canceled), interrupted: errors.Is(c.err, context.Canceled),
		late: errors.Is(c.err, context.Canceled), impatient: errors.Is(c.err, context.Canceled) || c.succeeded(),
	}
	if !told[c.fate] {
		return fmt.Sprintf("it heard something else; panic %v, exit %v", c.panicked, c.exited)
	}
	return ""
}
