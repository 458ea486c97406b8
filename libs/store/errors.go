package store

import (
	"errors"
	"fmt"

	"github.com/linlihub/linli/libs/fault"
)

// These errors mean the same on both engines. Test for them with errors.Is.
var (
	// ErrNotFound is what Row.Scan answers when the query found no row. It does not end the transaction.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict is a row that would repeat a primary key or a unique value.
	ErrConflict = errors.New("store: conflict")
	// ErrNested is a Write or Read inside another one on the same DB.
	ErrNested = errors.New("store: transaction inside a transaction")
	// ErrHeld is a lease that somebody else holds.
	ErrHeld = errors.New("store: lease is held")
	// ErrLost is a lease that expired or was taken over: stop what it protected.
	ErrLost = errors.New("store: lease is lost")
)

// These two are the caller's to hear as they are, so that no service has to translate them.
var (
	// ErrText is an argument that is not UTF-8 or holds a NUL: nothing was sent to the engine.
	ErrText = fault.Define(fault.Invalid, "store.text", "文字含有无法保存的字符", "the text holds characters that cannot be kept")
	// ErrBusy is a transaction that had to give way to others again and again: worth another try later.
	ErrBusy = fault.Define(fault.Unavailable, "store.busy", "系统繁忙，请稍后再试", "the system is busy, please try again")
	// ErrAway is a database that cannot be reached, or went away during the transaction. When it went away in the commit
	// nobody knows whether that happened, so Write does not run again: whoever repeats the call does so by its key.
	ErrAway = fault.Define(fault.Unavailable, "store.away", "数据服务暂时不可用，请稍后再试", "the data cannot be reached, please try again")
)

// verdict is what an engine makes of a driver's error.
type verdict int

const (
	final    verdict = iota // nothing more is known: the error stays as it is
	conflict                // a unique value is taken
	again                   // the transaction had to give way: run it again
	away                    // the engine cannot be reached
)

// fail turns a driver's error into one that means the same on both engines, and keeps the cause.
func (db *DB) fail(err error) error {
	if err == nil {
		return nil
	}
	switch db.engine.judge(err) {
	case conflict:
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case away:
		return fmt.Errorf("%w: %w", ErrAway, err)
	case final, again:
	}
	return err
}
