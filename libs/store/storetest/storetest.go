// Package storetest gives a test a fresh database on every engine that package store knows. What a service stores is tested
// on all of them, always: the engines are told apart by the names of the subtests and by nothing else.
//
//	func TestDesk(t *testing.T) {
//		storetest.Each(t, func(t *testing.T, db *store.DB) { … })
//	}
//
// PostgreSQL is a private cluster of this test process, made of Debian's binaries (or those of LINLI_PG_BIN) in a new folder
// below /tmp, reachable by a unix socket only, and run by another user where we are root. A small shell stops it and
// removes the folder when our end of a pipe closes, which the system does however the process ends: there is nothing to
// call at the end and nothing to be left behind. It does not wait for the disk, unless benchmarks run (-bench).
package storetest

import (
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/linlihub/linli/libs/store"
)

// Each runs fn on an empty database of every engine, in the subtests "sqlite" and "postgres".
func Each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	Configs(t, func(t *testing.T, config store.Config) { fn(t, Open(t, config)) })
}

// EachMigrated is Each on databases that were migrated: sets of one name and its files each, in the order given.
func EachMigrated(t *testing.T, fn func(t *testing.T, db *store.DB), set string, migrations fs.FS) {
	t.Helper()
	Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), migrations, set); err != nil {
			t.Fatal(err)
		}
		fn(t, db)
	})
}

// Configs is Each for a test that opens by itself, perhaps several times: two replicas, a restart, another process.
func Configs(t *testing.T, fn func(t *testing.T, config store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// EachBench is Each for a benchmark. PostgreSQL then really waits for the disk, as it always does outside of tests.
func EachBench(b *testing.B, fn func(b *testing.B, db *store.DB)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { fn(b, Open(b, SQLite(b))) })
	b.Run("postgres", func(b *testing.B) { fn(b, Open(b, Postgres(b))) })
}

// SQLite names a new file.
func SQLite(tb testing.TB) store.Config {
	tb.Helper()
	return store.Config{DSN: "sqlite:" + filepath.Join(tb.TempDir(), "test.db")}
}

var schemas atomic.Int64

// Postgres names a new schema of the cluster that this test process shares. Where PostgreSQL is not installed the test is
// skipped, or fails if LINLI_REQUIRE_PARTS=1 or CI=true.
func Postgres(tb testing.TB) store.Config {
	tb.Helper()
	return store.Config{DSN: cluster(tb), Schema: fmt.Sprintf("test_%d", schemas.Add(1))}
}

// Open opens config for as long as the test runs. What goes wrong inside is written to the test's log.
func Open(tb testing.TB, config store.Config) *store.DB {
	tb.Helper()
	log := slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	db, err := store.Open(tb.Context(), config, log)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}
