package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/pressly/goose/v3"

	"github.com/linlihub/linli/libs/credential"
)

// Config says where the rows are. Only DSN has no default.
type Config struct {
	// DSN is sqlite:<path of a file>, made with its folder when missing, or postgres://….
	DSN string
	// Schema of PostgreSQL that holds the tables, made when missing. Empty leaves it to the role's search_path.
	Schema string
	// MaxOpen bounds the connections: of PostgreSQL in all (default 8), of SQLite those that read (default 4).
	MaxOpen int
	// Access is how to get into PostgreSQL, besides what the DSN says. Where it secures, the DSN may not say otherwise.
	Access *credential.Access
}

// DB is one service's database. It is safe for concurrent use.
type DB struct {
	engine  engine
	writer  *pool
	reader  *pool
	group   *group // of SQLite: its changes share commits
	log     *slog.Logger
	signals sync.Map // name → *Signal
	migrate sync.Mutex
	ready   bool // whether the tables of this package exist; guarded by migrate
}

// engine is all that differs between SQLite and PostgreSQL.
type engine interface {
	// rebind writes the placeholders in the engine's own way.
	rebind(query string) string
	// judge tells which of the errors that callers care about a driver's error is.
	judge(err error) verdict
	// writing and reading are the options of a serializable transaction, and of a snapshot.
	writing() *sql.TxOptions
	reading() *sql.TxOptions
	// inTurn are the options of a transaction that sees at each statement what was committed before it, and the statement that
	// holds a named thing until its end; none where all that write take turns.
	inTurn() (options *sql.TxOptions, lock string)
	// lazily runs one statement in a transaction of its own that does not wait for the disk.
	lazily(ctx context.Context, db *sql.DB, query string, args []any) (sql.Result, error)
	// now is the SQL expression of the engine's clock in microseconds.
	now() string
	// migration writes the one portable token in the engine's own way, and dialect is goose's name of the engine.
	migration(sql string) string
	dialect() goose.Dialect
	// alone waits until no other replica migrates, and keeps it so until release.
	alone(ctx context.Context, db *sql.DB) (release func() error, err error)
	// solitary says that only this process uses the database, so that what another one left held is free.
	solitary() bool
	// tell lets other processes that share the database know of a signal, hear wakes those that they set, and silence ends
	// both. None of them blocks but silence, which waits for what is under way.
	tell(signal string)
	hear(db *DB)
	silence()
}

// Open connects to the database that config names. The caller closes it. ctx bounds only the opening.
func Open(ctx context.Context, config Config, log *slog.Logger) (*DB, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	kind, rest, _ := strings.Cut(config.DSN, ":")
	switch kind {
	case "sqlite":
		return openSQLite(ctx, rest, config, log)
	case "postgres", "postgresql":
		return openPostgres(ctx, config, log)
	}
	// The DSN may hold a password: it is not repeated.
	return nil, errors.New("open store: the DSN is neither sqlite:<path> nor postgres://<address>")
}

// Close waits for what is running and closes every connection.
func (db *DB) Close() error {
	db.engine.silence()
	var err error
	if db.reader != db.writer {
		// Readers first: the last to leave a SQLite file moves its log into the file, which a reader may not do.
		err = db.reader.db.Close()
	}
	return errors.Join(err, db.writer.db.Close())
}

// Ping says whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	release, err := db.reader.enter(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := db.reader.db.PingContext(ctx); err != nil {
		return fmt.Errorf("ping store: %w", err)
	}
	return nil
}

// pool is a bounded set of connections with a fair queue before it. database/sql wakes its waiters in random order, so that
// under load a few would wait very long.
type pool struct {
	db   *sql.DB
	turn chan struct{}
}

func newPool(db *sql.DB, size int) *pool {
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return &pool{db: db, turn: make(chan struct{}, size)}
}

// enter waits for a connection to be free; release gives it back.
func (p *pool) enter(ctx context.Context) (release func(), err error) {
	select {
	case p.turn <- struct{}{}:
		return func() { <-p.turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a connection: %w", context.Cause(ctx))
	}
}
