package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Write runs fn in a transaction that is serializable and durable, and commits it unless fn fails or panics. fn runs again
// when the engine could not order it among others, so it must be re-runnable; its error is returned as it is. fn must
// not keep tx, and uses the ctx that it is given.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return db.repeat(ctx, func(ctx context.Context) (*Tx, error) { return db.write(ctx, fn) })
}

// InTurn is Write for a change of named things: those that name one of the same run one after the other, and each sees what
// the one before it committed. Between others there is no order, and so nobody has to run again for them: what fn reads of
// anything but its things may change before it commits. Whoever changes a thing must name it, by the same name.
//
// It is for what happens all the time. PostgreSQL finds out whether changes can be ordered (Ports and Grittner, Serializable
// Snapshot Isolation in PostgreSQL, VLDB 2012) by the page of an index, not by the row: those that come at the same time
// and have nothing to do with each other would mostly run again.
func (db *DB) InTurn(ctx context.Context, fn func(ctx context.Context, tx *Tx) error, things ...string) error {
	options, lock := db.engine.inTurn()
	if lock == "" {
		return db.Write(ctx, fn)
	}
	return db.repeat(ctx, func(ctx context.Context) (*Tx, error) {
		return db.run(ctx, db.writer, options, func(ctx context.Context, tx *Tx) error {
			for _, thing := range slices.Sorted(slices.Values(things)) { // so that no two wait for each other
				if _, err := tx.Exec(ctx, lock, thing); err != nil {
					return fmt.Errorf("wait for the turn at %s: %w", thing, err)
				}
			}
			return fn(ctx, tx)
		})
	})
}

// repeat runs attempts until one is not in the way of others.
func (db *DB) repeat(ctx context.Context, try func(ctx context.Context) (*Tx, error)) error {
	if err := db.nested(ctx); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		tx, err := try(ctx)
		if err == nil {
			tx.committed()
			return nil
		}
		if !tx.giveWay(err) {
			return err
		}
		if attempt == attempts {
			return fmt.Errorf("%w: %w", ErrBusy, err)
		}
		if cause := wait(ctx, attempt); cause != nil {
			return fmt.Errorf("run the transaction again: %w: %w", cause, err)
		}
	}
}

// Read runs fn on one snapshot of the database, taken at its first query. fn cannot write.
func (db *DB) Read(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if err := db.nested(ctx); err != nil {
		return err
	}
	_, err := db.run(ctx, db.reader, db.engine.reading(), fn)
	return err
}

// Lazily runs one statement as a transaction of its own that does not wait for the disk: a crash of the machine may undo it,
// but never tears it, and whatever is written later survives only with it. It is for marks that do no harm when they
// are made again. Unlike Write it sees what others committed while it ran.
func (db *DB) Lazily(ctx context.Context, query string, args ...any) (rows int64, err error) {
	if err := errors.Join(db.nested(ctx), text(args)); err != nil {
		return 0, err
	}
	if db.group != nil && db.group.waiting.Load() > 0 { // what waits for the disk takes this along
		err = db.Write(ctx, func(ctx context.Context, tx *Tx) (err error) {
			rows, err = tx.Exec(ctx, query, args...)
			return err
		})
		return rows, err
	}
	release, err := db.writer.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	if db.group != nil {
		db.group.end()
	}
	result, err := db.engine.lazily(ctx, db.writer.db, db.engine.rebind(query), args)
	if err != nil {
		return 0, db.fail(err)
	}
	return result.RowsAffected()
}

// write is one attempt of Write.
func (db *DB) write(ctx context.Context, fn func(context.Context, *Tx) error) (*Tx, error) {
	if db.group != nil {
		return db.group.run(ctx, fn)
	}
	return db.run(ctx, db.writer, db.engine.writing(), fn)
}

// run is one attempt. The Tx it returns is over: it only tells what happened.
func (db *DB) run(ctx context.Context, p *pool, options *sql.TxOptions, fn func(context.Context, *Tx) error) (*Tx, error) {
	tx := &Tx{db: db}
	release, err := p.enter(ctx)
	if err != nil {
		return tx, err
	}
	defer release()
	if tx.tx, err = p.db.BeginTx(ctx, options); err != nil {
		return tx, fmt.Errorf("begin transaction: %w", tx.failed(ctx, err))
	}
	defer tx.tx.Rollback() //nolint:errcheck // after a commit it says so; otherwise there is an error already, or a panic
	if err := fn(context.WithValue(ctx, inside{db}, true), tx); err != nil {
		return tx, err
	}
	if tx.err != nil {
		return tx, fmt.Errorf("commit after a failed statement: %w", tx.err)
	}
	if err := tx.tx.Commit(); err != nil {
		return tx, fmt.Errorf("commit transaction: %w", tx.failed(ctx, err))
	}
	return tx, nil
}

// inside marks the context of a running transaction.
type inside struct{ db *DB }

func (db *DB) nested(ctx context.Context) error {
	if ctx.Value(inside{db}) != nil {
		return ErrNested
	}
	return nil
}

// attempts bounds how often Write runs its function. Each waits a little longer, about a second in all.
const attempts = 16

func wait(ctx context.Context, attempt int) error {
	longest := min(time.Millisecond<<attempt, 100*time.Millisecond)
	timer := time.NewTimer(rand.N(longest))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Tx is a running transaction. It is used by one goroutine at a time and not after its function returned.
type Tx struct {
	db    *DB
	tx    *sql.Tx
	err   error // the statement that failed first; nothing can be done after it
	over  bool  // its function returned, though the transaction that it shares may go on
	hooks []func()
}

// DB is the database of the transaction.
func (tx *Tx) DB() *DB { return tx.db }

// OnCommit has fn called once the transaction is committed, after its connection was given back. When it is not committed,
// or run again, fn is forgotten.
func (tx *Tx) OnCommit(fn func()) { tx.hooks = append(tx.hooks, fn) }

func (tx *Tx) committed() {
	for _, hook := range tx.hooks {
		hook()
	}
}

// giveWay says whether the attempt failed only because of others. The function may have wrapped or swallowed what the engine
// said, so the statement's own error counts too.
func (tx *Tx) giveWay(err error) bool {
	return errors.Is(err, errBroken) || tx.db.engine.judge(err) == again || tx.err != nil && tx.db.engine.judge(tx.err) == again
}

// Exec runs a statement and tells how many rows it changed.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (rows int64, err error) {
	if err := tx.check(args); err != nil {
		return 0, err
	}
	result, err := tx.tx.ExecContext(ctx, tx.db.engine.rebind(query), args...)
	if err != nil {
		return 0, tx.failed(ctx, err)
	}
	return result.RowsAffected()
}

// Query runs a statement that answers rows. The caller closes them before the next statement. [Collect] is shorter.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := tx.check(args); err != nil {
		return nil, err
	}
	rows, err := tx.tx.QueryContext(ctx, tx.db.engine.rebind(query), args...)
	if err != nil {
		return nil, tx.failed(ctx, err)
	}
	return rows, nil
}

// QueryRow runs a statement that answers at most one row that matters. Its error is told by Scan.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	if err := tx.check(args); err != nil {
		return &Row{tx: tx, err: err}
	}
	return &Row{tx: tx, ctx: ctx, row: tx.tx.QueryRowContext(ctx, tx.db.engine.rebind(query), args...)}
}

// check refuses what PostgreSQL would refuse, on SQLite too.
func (tx *Tx) check(args []any) error {
	if tx.over {
		return sql.ErrTxDone
	}
	if tx.err != nil {
		return fmt.Errorf("statement after a failed one: %w", tx.err)
	}
	if err := text(args); err != nil {
		tx.err = err
		return err
	}
	return nil
}

// failed ends the transaction. When the caller's time is over, database/sql may only say that the transaction is done.
func (tx *Tx) failed(ctx context.Context, err error) error {
	tx.err = tx.db.fail(err)
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		tx.err = fmt.Errorf("%w: %w", cause, tx.err)
	}
	return tx.err
}

func text(args []any) error {
	for i, arg := range args {
		value := reflect.ValueOf(arg)
		if value.Kind() != reflect.String {
			continue
		}
		if s := value.String(); strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
			return fmt.Errorf("argument %d: %w", i+1, ErrText)
		}
	}
	return nil
}
