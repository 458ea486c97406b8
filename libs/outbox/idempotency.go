package outbox

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/store"
)

// ErrReused is an Idempotency-Key that came before with another request.
var ErrReused = fault.Define(fault.Unprocessable, "idempotency.reused", "该 Idempotency-Key 已用于另一个请求", "this Idempotency-Key was used for another request")

// KeepAnswers is how long the answer to a keyed operation is kept.
const KeepAnswers = 24 * time.Hour

// Key tells one keyed request from all others.
type Key struct {
	// Scope is whose key it is: two callers may choose the same one.
	Scope string
	// Operation is what was asked for.
	Operation string
	// Key as the caller sent it. An empty one is none.
	Key string
	// Hash of the request's body.
	Hash string
}

type keyInContext struct{}

// WithKey says that the operation of ctx is keyed.
func WithKey(ctx context.Context, k Key) context.Context {
	return context.WithValue(ctx, keyInContext{}, k)
}

// Do runs a change in one transaction, once for the key of ctx. The answer is kept with the change, and a repeated request gets
// it again without fn being run; of concurrent ones one runs and the others wait for its answer. The same key with
// another request gets [ErrReused]. When fn fails nothing is kept, so that the key may be tried again. Personal data is masked
// in what is kept. Without a key fn just runs. Like every function of a Write, fn must be re-runnable.
func Do[T proto.Message](ctx context.Context, db *store.DB, fn func(ctx context.Context, tx *store.Tx) (T, error)) (T, error) {
	return do(ctx, db.Write, fn)
}

// DoInTurn is Do for a change of named things, as [store.DB.InTurn] is Write for one.
func DoInTurn[T proto.Message](ctx context.Context, db *store.DB, fn func(ctx context.Context, tx *store.Tx) (T, error), things ...string) (T, error) {
	return do(ctx, func(ctx context.Context, change change) error { return db.InTurn(ctx, change, things...) }, fn)
}

// change is what a transaction does.
type change = func(ctx context.Context, tx *store.Tx) error

func do[T proto.Message](ctx context.Context, run func(context.Context, change) error, fn func(context.Context, *store.Tx) (T, error)) (answer T, err error) {
	key, _ := ctx.Value(keyInContext{}).(Key)
	// The key is for this change alone, not for what fn may call.
	err = run(WithKey(ctx, Key{}), func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = answerOnce(ctx, tx, key, fn)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return answer, nil
}

// answerOnce runs fn, unless the key has an answer.
func answerOnce[T proto.Message](ctx context.Context, tx *store.Tx, key Key, fn func(context.Context, *store.Tx) (T, error)) (answer T, err error) {
	if key.Key == "" {
		return fn(ctx, tx)
	}
	first, err := key.claim(ctx, tx, string(answer.ProtoReflect().Descriptor().FullName()))
	if err != nil {
		return answer, err
	}
	if !first {
		return recall[T](ctx, tx, key)
	}
	if answer, err = fn(ctx, tx); err != nil {
		return answer, err
	}
	return answer, key.keep(ctx, tx, answer)
}

// claim writes the record before anything else is done: whoever comes with the same key meanwhile waits here, and then finds
// either the answer or, if we failed, nothing.
func (k Key) claim(ctx context.Context, tx *store.Tx, kind string) (first bool, err error) {
	rows, err := tx.Exec(ctx, `
		INSERT INTO outbox_idempotency (scope, operation, key, hash, type, answer, answered_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (scope, operation, key) DO NOTHING`,
		k.Scope, k.Operation, k.Key, k.Hash, kind, []byte{}, store.Micros(time.Now()))
	if err != nil {
		return false, fmt.Errorf("claim idempotency key: %w", err)
	}
	return rows == 1, nil
}

// keep stores the answer as its caller sees it, with personal data masked (PIPL 个人信息保护法 51).
func (k Key) keep(ctx context.Context, tx *store.Tx, answer proto.Message) error {
	seen := proto.Clone(answer)
	authz.Mask(seen)
	data, err := proto.Marshal(seen)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	if len(data) == 0 {
		return nil // claim wrote it
	}
	_, err = tx.Exec(ctx, `UPDATE outbox_idempotency SET answer = ? WHERE scope = ? AND operation = ? AND key = ?`,
		data, k.Scope, k.Operation, k.Key)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	return nil
}

func recall[T proto.Message](ctx context.Context, tx *store.Tx, k Key) (none T, err error) {
	var hash, kind string
	var data []byte
	err = tx.QueryRow(ctx, `SELECT hash, type, answer FROM outbox_idempotency WHERE scope = ? AND operation = ? AND key = ?`,
		k.Scope, k.Operation, k.Key).Scan(&hash, &kind, &data)
	if err != nil {
		return none, fmt.Errorf("recall answer: %w", err)
	}
	if hash != k.Hash {
		return none, ErrReused
	}
	answer := none.ProtoReflect().Type().New().Interface()
	if name := string(proto.MessageName(answer)); kind != name {
		return none, fmt.Errorf("recall answer of %s: %s was kept, not %s: one key serves one change", k.Operation, kind, name)
	}
	if err := proto.Unmarshal(data, answer); err != nil {
		return none, fmt.Errorf("recall answer: %w", err)
	}
	return answer.(T), nil
}
