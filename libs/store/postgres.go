package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// postgresEngine is one schema of a PostgreSQL database.
type postgresEngine struct {
	rebinder
	*exchange

	schema string
}

func openPostgres(ctx context.Context, config Config, log *slog.Logger) (*DB, error) {
	settings, err := config.postgres()
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	where := fmt.Sprintf("postgres://%s:%d/%s", settings.Host, settings.Port, settings.Database)
	size := config.MaxOpen
	if size <= 0 {
		size = 8
	}
	size = max(size, 2) // a migration needs two
	all := newPool(stdlib.OpenDB(*settings, stdlib.OptionBeforeConnect(config.renew)), size)
	engine := &postgresEngine{schema: config.Schema, exchange: newExchange(config)}
	db := &DB{engine: engine, writer: all, reader: all, log: log.With("store", where)}
	if err := createSchema(ctx, all.db, config.Schema); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", where, err), all.db.Close())
	}
	return db, nil
}

// createSchema asks first: a role that was given its schema may not be allowed to make one.
func createSchema(ctx context.Context, db *sql.DB, schema string) error {
	if schema == "" {
		return db.PingContext(ctx)
	}
	var there bool
	if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)`, schema).Scan(&there); err != nil || there {
		return err
	}
	_, err := db.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS `+pgx.Identifier{schema}.Sanitize())
	if (&postgresEngine{}).judge(err) == conflict { // another replica made it meanwhile
		return nil
	}
	return err
}

// judge knows the SQLSTATE codes: unique_violation, serialization_failure, deadlock_detected, and of a server that leaves
// or is not there yet admin_shutdown, crash_shutdown and cannot_connect_now.
func (*postgresEngine) judge(err error) verdict {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		if unreachable(err) {
			return away
		}
		return final
	}
	switch e.Code {
	case "23505":
		return conflict
	case "40001", "40P01":
		return again
	case "57P01", "57P02", "57P03":
		return away
	}
	return final
}

// unreachable tells a connection that cannot be made or broke from a mistake in what was sent over it, and from a caller whose
// time is over.
func unreachable(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn)
}

func (*postgresEngine) writing() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelSerializable}
}

// inTurn locks names of this schema: the locks of all are in one space.
func (*postgresEngine) inTurn() (options *sql.TxOptions, lock string) {
	return &sql.TxOptions{Isolation: sql.LevelReadCommitted}, "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || ?, 0))"
}

// reading is a snapshot and no more: it neither waits for writers nor makes them run again.
func (*postgresEngine) reading() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

func (*postgresEngine) lazily(ctx context.Context, db *sql.DB, query string, args []any) (sql.Result, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it says so; otherwise there is an error already
	if _, err := tx.ExecContext(ctx, "SET LOCAL synchronous_commit = off"); err != nil {
		return nil, err
	}
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return result, tx.Commit()
}

func (*postgresEngine) now() string {
	return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
}

func (*postgresEngine) migration(text string) string { return text }

func (*postgresEngine) dialect() goose.Dialect { return goose.DialectPostgres }

// alone holds an advisory lock on a connection of its own. goose has one too, but looks for it only every few seconds and
// not before it makes its table of versions.
func (e *postgresEngine) alone(ctx context.Context, db *sql.DB) (func() error, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	h.Write([]byte("linli migrates " + e.schema))
	key := int64(h.Sum64()) //nolint:gosec // any 64 bits name a lock
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", key); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", key)
		return errors.Join(err, conn.Close())
	}, nil
}

func (*postgresEngine) solitary() bool { return false }
