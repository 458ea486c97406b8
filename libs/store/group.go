package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
)

// group lets changes of a SQLite file that come at the same time share one transaction, and so one wait for the disk, as
// PostgreSQL does by itself. They run one after the other, each in a savepoint and on its caller's goroutine; whoever
// finds nobody behind commits for all. A change that fails takes back only its own. No caller hears anything, good or bad,
// before what it may have seen is on the disk.
type group struct {
	db      *DB
	waiting atomic.Int64 // who will surely come and go on with what is open
	open    *batch       // whoever has the writer's turn may touch it
}

// batch is one shared transaction.
type batch struct {
	tx      *sql.Tx
	members int
	done    chan struct{} // closed when the outcome is known
	err     error         // the outcome of all
	culprit *Tx           // the member that broke it, and knows why
}

// mostMembers bounds how long the first of a batch waits for the last.
const mostMembers = 64

// errBroken says that the engine took back the whole batch because of one member: the others run again.
var errBroken = errors.New("another change broke the shared transaction")

// run is one attempt of one change; see DB.run.
func (g *group) run(ctx context.Context, fn func(context.Context, *Tx) error) (*Tx, error) {
	tx := &Tx{db: g.db}
	release, err := g.enter(ctx)
	if err != nil {
		return tx, err
	}
	b, err := g.join(ctx)
	if err != nil {
		release()
		tx.err = err
		return tx, fmt.Errorf("begin transaction: %w", err)
	}
	err = g.act(ctx, b, tx, fn, release)
	<-b.done
	if b.err != nil && b.culprit != tx {
		return tx, b.err
	}
	return tx, err
}

// enter waits for the writer's turn. Who gives up and was the only one behind an open batch ends it in leaving.
func (g *group) enter(ctx context.Context) (release func(), err error) {
	g.waiting.Add(1)
	release, err = g.db.writer.enter(ctx)
	if last := g.waiting.Add(-1) == 0; err != nil && last {
		go g.settle(context.WithoutCancel(ctx)) // whoever gave up does not wait for those who work
	}
	return release, err
}

// settle waits for the turn and ends what is open.
func (g *group) settle(ctx context.Context) {
	if release, err := g.db.writer.enter(ctx); err == nil {
		g.end()
		release()
	}
}

// join answers the open batch, begun if there is none. It outlives the time of whoever begins it.
func (g *group) join(ctx context.Context) (*batch, error) {
	if g.open == nil {
		tx, err := g.db.writer.db.BeginTx(context.WithoutCancel(ctx), g.db.engine.writing())
		if err != nil {
			return nil, err
		}
		g.open = &batch{tx: tx, done: make(chan struct{})}
	}
	g.open.members++
	return g.open, nil
}

// act runs fn in its savepoint, and leaves the batch also when fn panics.
func (g *group) act(ctx context.Context, b *batch, tx *Tx, fn func(context.Context, *Tx) error, release func()) (err error) {
	kept := false
	defer func() {
		tx.over = true
		if left := g.leave(context.WithoutCancel(ctx), b, tx, kept); left != nil && err == nil {
			err = fmt.Errorf("end change: %w", left)
		}
		release()
	}()
	if err := g.savepoint(ctx, b, "SAVEPOINT change"); err != nil {
		return fmt.Errorf("begin change: %w", err)
	}
	tx.tx = b.tx
	if err := fn(context.WithValue(ctx, inside{g.db}, true), tx); err != nil {
		return err
	}
	if tx.err != nil {
		return fmt.Errorf("commit after a failed statement: %w", tx.err)
	}
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("commit transaction: %w", cause)
	}
	kept = true
	return nil
}

// leave keeps or takes back the member's change, and ends the batch unless somebody else will. An error says that the whole
// batch is lost, the member's change too.
func (g *group) leave(ctx context.Context, b *batch, tx *Tx, kept bool) (err error) {
	if !kept {
		err = g.savepoint(ctx, b, "ROLLBACK TO change")
	}
	if err == nil {
		err = g.savepoint(ctx, b, "RELEASE change")
	}
	switch {
	case err != nil: // the engine has ended the transaction by itself, as when a statement is interrupted
		b.err, b.culprit = fmt.Errorf("%w: %w", errBroken, err), tx
		g.drop(b)
	case !kept && b.members == 1: // nobody else is in it
		g.drop(b)
	case g.waiting.Load() == 0 || b.members >= mostMembers:
		g.end()
	}
	return err
}

// savepoint runs a statement about the member's savepoint. Whoever begins a batch has none: its change is all that is there.
func (g *group) savepoint(ctx context.Context, b *batch, statement string) error {
	if b.members == 1 {
		return nil
	}
	_, err := b.tx.ExecContext(context.WithoutCancel(ctx), statement)
	return err
}

// drop takes back the whole batch.
func (g *group) drop(b *batch) {
	g.open = nil
	_ = b.tx.Rollback() // it may be over already
	close(b.done)
}

// end commits what is open.
func (g *group) end() {
	b := g.open
	if b == nil {
		return
	}
	g.open = nil
	if err := b.tx.Commit(); err != nil {
		b.err = fmt.Errorf("commit transaction: %w", g.db.fail(err))
		_ = b.tx.Rollback() // where the commit itself has not ended it
	}
	close(b.done)
}
