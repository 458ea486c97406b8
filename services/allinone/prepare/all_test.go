package prepare

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

// URLs are made where no server can be reached, and the roles later with the passwords in them.
func TestURLsMadeAlone(t *testing.T) {
	admin, dir := storetest.Postgres(t).DSN, t.TempDir()
	needs := host.Needs{Schemas: []string{"tickets", "hr"}}
	urls := URLs{Admin: admin, Company: "spring", Out: dir}
	if err := urls.prepare(t.Context(), needs); err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(filepath.Join(dir, "admin")); err != nil || string(kept) != admin {
		t.Errorf("admin: %q, %v", kept, err)
	}
	schemas := Schemas{Admin: admin, Company: "spring", Known: dir}
	if err := schemas.prepare(t.Context(), needs); err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, store.Config{DSN: urlOf(t, dir, "tickets"), Schema: "tickets"})
	if _, err := db.Lazily(t.Context(), `CREATE TABLE tickets_note (id BIGINT PRIMARY KEY)`); err != nil {
		t.Error(err)
	}
}

// Whoever cannot be reached is named with the value that says where it is, and nothing is made.
func TestAllSaysWhoCannotBeReached(t *testing.T) {
	admin := storetest.Postgres(t).DSN
	all := All{
		Admin: admin, Company: "spring", Known: t.TempDir(), Within: 200 * time.Millisecond,
		Brokers: []string{"127.0.0.1:1"}, Redis: "127.0.0.1:2",
	}
	err := all.prepare(t.Context(), host.Needs{Schemas: []string{"tickets"}})
	if err == nil {
		t.Fatal("nobody is there, and yet it is done")
	}
	for _, want := range []string{"Kafka cannot be reached at 127.0.0.1:1, which is what global.kafka.brokers says", "Redis cannot be reached at 127.0.0.1:2"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say: %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "PostgreSQL") {
		t.Errorf("PostgreSQL is there: %v", err)
	}
	all.Admin = "postgres://admin:sec%ret@db/postgres"
	if err := all.prepare(t.Context(), host.Needs{}); err == nil || strings.Contains(err.Error(), "ret@") {
		t.Errorf("an address that is none: %v", err)
	}
}
