package store_test

import (
	"io/fs"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

func sub(t testing.TB, fsys fs.FS, dir string) fs.FS {
	t.Helper()
	below, err := fs.Sub(fsys, dir)
	if err != nil {
		t.Fatal(err)
	}
	return below
}

func files(texts ...string) fs.FS {
	fsys := fstest.MapFS{}
	for i, text := range texts {
		fsys["000"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
	}
	return fsys
}

func TestMigrateIsIdempotentAndForward(t *testing.T) {
	const one, two = `CREATE TABLE a (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY);`, `ALTER TABLE a ADD COLUMN name TEXT NOT NULL DEFAULT '';`
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, fsys := range []fs.FS{files(one), files(one), files(one, two), files(one, two), files(one)} {
			// The last is an older binary on a newer schema.
			if err := db.Migrate(t.Context(), fsys, "a"); err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, db, `SELECT count(name) FROM a`); n != 0 {
			t.Error(n)
		}
		// Another set counts for itself.
		if err := db.Migrate(t.Context(), files(`CREATE TABLE b (id BIGINT);`), "b"); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, `SELECT count(*) FROM b`); n != 0 {
			t.Error(n)
		}
	})
}

func TestMigrateRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, fsys := range map[string]fs.FS{ // each a set of its own
			"a_way_back":     files("CREATE TABLE x (id BIGINT);\n-- +goose Down\nDROP TABLE x;"),
			"broken_sql":     files(`CREATE TABLE x (id BIGINT);`, `CREATE TABLE y (id BIGINT); CREATE TABLE x (id BIGINT);`),
			"nothing_at_all": fstest.MapFS{},
		} {
			if err := db.Migrate(t.Context(), fsys, name); err == nil {
				t.Errorf("%s was accepted", name)
			}
		}
		for _, set := range []string{"", "Tickets", "a; DROP TABLE b", "a-b"} {
			if err := db.Migrate(t.Context(), files(`CREATE TABLE z (id BIGINT);`), set); err == nil {
				t.Errorf("set %q was accepted", set)
			}
		}
		// Of the broken one the first step stayed and the second left nothing: it can be mended.
		if err := db.Migrate(t.Context(), files(`CREATE TABLE x (id BIGINT);`, `CREATE TABLE y (id BIGINT);`), "broken_sql"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestReplicasMigrateTogether(t *testing.T) {
	storetest.Configs(t, func(t *testing.T, config store.Config) {
		first := storetest.Open(t, config)
		second := first
		if config.Schema != "" { // a SQLite file has one process
			second = storetest.Open(t, config)
		}
		var group sync.WaitGroup
		for _, db := range []*store.DB{first, second, first, second} {
			group.Go(func() {
				if err := db.Migrate(t.Context(), sub(t, testdata, "testdata"), "shelf"); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	})
}
