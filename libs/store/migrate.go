package store

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var ownMigrations embed.FS

// setName keeps the name of a table safe to put into a statement.
var setName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// Migrate brings the tables of one set up to its newest migration, and does nothing when they are. Sets, such as a service's
// own and the outbox's, live side by side in one database: each has its own table of versions, goose_<set>. fsys holds files
// like 0001_open_tickets.sql, at its root or in its folder migrations, written for goose (`-- +goose Up`) and forward
// only. Replicas that start together migrate one after another. Migrations that the database has and fsys lacks are left
// alone: an older binary runs on a newer schema.
func (db *DB) Migrate(ctx context.Context, fsys fs.FS, set string) error {
	if !setName.MatchString(set) {
		return fmt.Errorf("migrate %q: a set is named like tickets or outbox", set)
	}
	db.migrate.Lock()
	defer db.migrate.Unlock()
	release, err := db.engine.alone(ctx, db.writer.db)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", set, err)
	}
	if err = db.prepare(ctx); err == nil {
		err = db.up(ctx, fsys, set)
	}
	return errors.Join(err, release())
}

// prepare makes the tables of this package, once.
func (db *DB) prepare(ctx context.Context) error {
	if db.ready {
		return nil
	}
	if err := db.up(ctx, ownMigrations, "store"); err != nil {
		return err
	}
	if db.engine.solitary() {
		if _, err := db.Lazily(ctx, `UPDATE store_lease SET expires_at = 0`); err != nil {
			return fmt.Errorf("free leases: %w", err)
		}
	}
	db.ready = true
	return nil
}

func (db *DB) up(ctx context.Context, fsys fs.FS, set string) error {
	if folder, err := fs.Sub(fsys, "migrations"); err == nil {
		if _, err := fs.Stat(folder, "."); err == nil {
			fsys = folder
		}
	}
	provider, err := goose.NewProvider(db.engine.dialect(), db.writer.db, portable{fsys, db.engine},
		goose.WithTableName("goose_"+set), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrate %s: %w", set, err)
	}
	done, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", set, err)
	}
	for _, m := range done {
		db.log.Info("migrated", "set", set, "migration", m.Source.Path, "took", m.Duration.Round(time.Millisecond))
	}
	return nil
}

// portable shows migrations as the engine wants them.
type portable struct {
	fs.FS
	engine engine
}

// down is goose's mark of a way back, which nobody would ever test or take.
var down = regexp.MustCompile(`(?m)^--\s*\+goose\s+Down\b`)

// Open implements fs.FS.
func (p portable) Open(name string) (fs.File, error) {
	file, err := p.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return file, err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	if down.Match(text) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("migrations go forward only: no +goose Down")}
	}
	return &rewritten{info, *bytes.NewReader([]byte(p.engine.migration(string(text))))}, nil
}

// rewritten is an open file with another text.
type rewritten struct {
	info fs.FileInfo
	bytes.Reader
}

// Stat implements fs.File.
func (r *rewritten) Stat() (fs.FileInfo, error) { return r.info, nil }

// Close implements fs.File.
func (r *rewritten) Close() error { return nil }
