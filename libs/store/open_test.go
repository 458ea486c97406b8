package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

func TestOpenRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("not a database, but long enough to be taken for one: "+strings.Repeat("x", 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dsn := range []string{
		"", "x.db", "mysql://root:geheim@localhost", "sqlite:", "sqlite::memory:", "sqlite:" + file, "sqlite:" + file + "/below",
		"postgres://u:geheim@[::1", "postgres://u:geheim@127.0.0.1:1/x?connect_timeout=1",
	} {
		db, err := store.Open(t.Context(), store.Config{DSN: dsn}, nil)
		if err == nil {
			t.Errorf("%q was opened", dsn)
			db.Close()
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q tells the password: %v", dsn, err)
		}
	}
}

func TestOpenAgain(t *testing.T) {
	storetest.Configs(t, func(t *testing.T, config store.Config) {
		for range 2 { // makes the folder or the schema, then finds it
			db, err := store.Open(t.Context(), config, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = db.Migrate(t.Context(), sub(t, testdata, "testdata"), "shelf")
			if err := errors.Join(err, db.Ping(t.Context()), db.Close()); err != nil {
				t.Fatal(err)
			}
			if db.Ping(t.Context()) == nil {
				t.Error("a closed database answers")
			}
		}
	})
}

func TestSQLitePathIsTakenAsItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "小区 #1?%20", "a.db")
	storetest.Open(t, store.Config{DSN: "sqlite:" + path})
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestTimes(t *testing.T) {
	then := time.Date(2025, 3, 24, 8, 0, 0, 123456789, time.FixedZone("", 8*3600))
	if got, want := store.Time(store.Micros(then)), then.Truncate(time.Microsecond); !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("%v became %v", want, got)
	}
	if store.Micros(time.Time{}) != 0 || !store.Time(0).IsZero() {
		t.Error("the zero time is not kept")
	}
	if before := time.Date(1949, 10, 1, 0, 0, 0, 0, time.UTC); !store.Time(store.Micros(before)).Equal(before) {
		t.Error("a birthday before 1970 is not kept")
	}
}

func TestSignal(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	next := db.Signal("x").Next()
	db.Signal("other").Set()
	select {
	case <-next:
		t.Error("woken by another signal")
	default:
	}
	db.Signal("x").Set()
	<-next
	select {
	case <-db.Signal("x").Next():
		t.Error("woken by an old one")
	default:
	}
}
