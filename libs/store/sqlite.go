package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// sqliteEngine keeps one file in WAL mode: one connection that writes, a few that read beside it.
type sqliteEngine struct{}

// The settings of every connection. Negative cache sizes are KiB, and take twice that because of the allocator below: a
// process that runs all services has five connections for each, and must stay small. The system caches the file anyway.
var (
	sqliteBoth = []string{
		"busy_timeout(5000)", // only another process, such as the sqlite3 shell, can make us wait
		"foreign_keys(1)",
		"mmap_size(0)",
		"temp_store(2)",
	}
	sqliteWriter = append([]string{
		"journal_mode(WAL)",
		"synchronous(FULL)", // a commit has reached the disk when it returns
		"cache_size(-1024)",
		"wal_autocheckpoint(1000)",
		// The log is reused, not cut, after a checkpoint: writing over a file is cheaper than making it grow. Only what a
		// burst left beyond this is given back.
		"journal_size_limit(16777216)",
	}, sqliteBoth...)
	sqliteReader = append([]string{"query_only(1)", "cache_size(-512)"}, sqliteBoth...)
)

func openSQLite(ctx context.Context, path string, config Config, log *slog.Logger) (*DB, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, errors.New("open store: sqlite: needs the path of a file")
	}
	path, err := filepath.Abs(strings.TrimPrefix(path, "//"))
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	writer, err := openSQLitePool(path, sqliteWriter, 1)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	if err := writer.db.PingContext(ctx); err != nil { // makes the file, so that readers find it
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), writer.db.Close())
	}
	readers := config.MaxOpen
	if readers <= 0 {
		readers = 4
	}
	reader, err := openSQLitePool(path, sqliteReader, readers)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), writer.db.Close())
	}
	reader.db.SetConnMaxIdleTime(time.Minute) // after a burst their caches are given back
	db := &DB{engine: sqliteEngine{}, writer: writer, reader: reader, log: log.With("store", path)}
	db.group = &group{db: db}
	return db, nil
}

func openSQLitePool(path string, pragmas []string, size int) (*pool, error) {
	query := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}, "_dqs": {"0"}}
	dsn := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	connector, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	return newPool(sql.OpenDB(remembering{connector}), size), nil
}

func (sqliteEngine) rebind(query string) string { return query }

func (sqliteEngine) judge(err error) verdict {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return final
	}
	switch e.Code() {
	case codes.SQLITE_CONSTRAINT_UNIQUE, codes.SQLITE_CONSTRAINT_PRIMARYKEY, codes.SQLITE_CONSTRAINT_ROWID:
		return conflict
	}
	switch e.Code() & 0xff { // the primary code of an extended one
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return again
	}
	return final
}

// writing begins IMMEDIATE: taking the lock at the start leaves nothing to fail at the first write.
func (sqliteEngine) writing() *sql.TxOptions { return &sql.TxOptions{} }

// inTurn has nothing to add: whoever writes is alone.
func (sqliteEngine) inTurn() (options *sql.TxOptions, lock string) { return nil, "" }

func (sqliteEngine) reading() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }

// lazily takes away the wait for the disk from the writer connection, for this one statement. The next durable commit
// syncs the log as a whole, so the order of what survives is kept.
func (sqliteEngine) lazily(ctx context.Context, db *sql.DB, query string, args []any) (sql.Result, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = NORMAL"); err != nil {
		return nil, err
	}
	result, err := conn.ExecContext(ctx, query, args...)
	if _, back := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = FULL"); back != nil {
		// A writer that may not wait for the disk must not be used again.
		discard := conn.Raw(func(any) error { return driver.ErrBadConn })
		return nil, errors.Join(err, back, discard)
	}
	return result, err
}

func (sqliteEngine) now() string { return "CAST(unixepoch('subsec') * 1000000 AS INTEGER)" }

var identity = regexp.MustCompile(`(?i)\bBIGINT\s+GENERATED\s+ALWAYS\s+AS\s+IDENTITY\s+PRIMARY\s+KEY\b`)

// migration has SQLite assign ids that rise for ever; without AUTOINCREMENT it may use a deleted row's id again.
func (sqliteEngine) migration(text string) string {
	return identity.ReplaceAllString(text, "INTEGER PRIMARY KEY AUTOINCREMENT")
}

func (sqliteEngine) dialect() goose.Dialect { return goose.DialectSQLite3 }

func (sqliteEngine) alone(context.Context, *sql.DB) (func() error, error) {
	return func() error { return nil }, nil // nobody else has the file
}

func (sqliteEngine) solitary() bool { return true }

func (sqliteEngine) tell(string) {} // there is no other process

func (sqliteEngine) hear(*DB) {}

func (sqliteEngine) silence() {}
