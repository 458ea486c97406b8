package prepare

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	"github.com/linlihub/linli/services/allinone/modules"
)

func survey(t *testing.T) host.Needs {
	t.Helper()
	needs, err := host.Survey(t.Context(), modules.All()...)
	if err != nil {
		t.Fatal(err)
	}
	return needs
}

func TestSurveyKnowsWhoReadsWhat(t *testing.T) {
	needs := survey(t)
	slices.Sort(needs.Schemas)
	if want := []string{"dispatch", "hr", "identity", "notify", "residents", "tickets"}; !slices.Equal(needs.Schemas, want) {
		t.Errorf("schemas %v, want %v", needs.Schemas, want)
	}
	topics := bus.CatalogueTopics()
	for group, reads := range needs.Groups {
		for _, topic := range reads {
			if !slices.Contains(topics, topic) {
				t.Errorf("%s reads %s, which nobody publishes", group, topic)
			}
		}
	}
	if !slices.Contains(needs.Groups["dispatch"], "tickets.ticket.v1") || !slices.Contains(needs.Groups["tickets"], "dispatch.visit.v1") {
		t.Errorf("groups %v", needs.Groups)
	}
}

func TestEveryServiceGetsAURLThatStaysItsOwn(t *testing.T) {
	out := t.TempDir()
	prepare := Schemas{Admin: storetest.Postgres(t).DSN, Company: "our-company", Out: out}
	if err := prepare.prepare(t.Context(), survey(t)); err != nil {
		t.Fatal(err)
	}
	before := urlOf(t, out, "tickets")
	if err := prepare.prepare(t.Context(), survey(t)); err != nil {
		t.Fatal(err)
	}
	if after := urlOf(t, out, "tickets"); after != before || !strings.Contains(after, "our-company_tickets:") {
		t.Error("another run made another URL")
	}
	if info, err := os.Stat(filepath.Join(out, "hr")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the URL is for everybody's eyes: %v %v", info, err)
	}
	db := storetest.Open(t, store.Config{DSN: before, Schema: "tickets"})
	if _, err := db.Lazily(t.Context(), `CREATE TABLE tickets_note (id BIGINT PRIMARY KEY)`); err != nil {
		t.Error(err)
	}
}

func urlOf(t *testing.T, out, service string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(out, service))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// Before a release the tables are made by the roles of the services, again and again, and nothing is in them: rows are sealed
// with keys that nobody here has.
func TestTablesAreMadeEmpty(t *testing.T) {
	out := t.TempDir()
	schemas, needs := Schemas{Admin: storetest.Postgres(t).DSN, Company: "spring", Out: out}, survey(t)
	if err := schemas.prepare(t.Context(), needs); err != nil {
		t.Fatal(err)
	}
	schemas.Known = out
	urls, err := schemas.urls(needs)
	for range 2 {
		if err == nil {
			err = host.Migrate(t.Context(), urls, "", modules.All()...)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	for table, schema := range map[string]string{"identity_key": "identity", "outbox_event": "tickets", "dispatch_district": "dispatch"} {
		db := storetest.Open(t, store.Config{DSN: urls[schema], Schema: schema})
		rows := -1
		if err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return tx.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&rows)
		}); err != nil || rows != 0 {
			t.Errorf("%s has %d rows, %v", table, rows, err)
		}
	}
}
