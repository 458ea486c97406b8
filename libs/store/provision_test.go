package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

func TestOwnersShareNothing(t *testing.T) {
	admin := storetest.Postgres(t).DSN
	owners := []store.Owner{{Schema: "tickets", Role: "it's tickets", Password: `o'ne\`}, {Schema: "hr", Role: "our-hr", Password: "two"}}
	for range 2 { // what exists is kept
		if err := store.Provision(t.Context(), admin, nil, "our-company", owners); err != nil {
			t.Fatal(err)
		}
	}
	as := func(o store.Owner, schema string) *store.DB {
		dsn := strings.NewReplacer("postgres@/postgres?", "/our-company?").Replace(admin) + "&user=" + strings.ReplaceAll(o.Role, " ", "%20") + "\n" // as files end
		return storetest.Open(t, store.Config{DSN: dsn, Schema: schema})
	}
	tickets, hr := as(owners[0], "tickets"), as(owners[1], "hr")
	for _, db := range []*store.DB{tickets, hr} {
		if err := db.Migrate(t.Context(), sub(t, testdata, "testdata"), "shelf"); err != nil {
			t.Error(err)
		}
	}
	for _, forbidden := range []string{
		`SELECT 1 FROM hr.goose_shelf`, `CREATE TABLE hr.stolen (id BIGINT)`, `CREATE TABLE public.litter (id BIGINT)`,
		`CREATE SCHEMA another`, `CREATE ROLE friend`,
	} {
		_, err := tickets.Lazily(t.Context(), forbidden)
		if refused := new(pgconn.PgError); !errors.As(err, &refused) || refused.Code != "42501" {
			t.Errorf("%s: %v", forbidden, err)
		}
	}
}

func TestProvisionKeepsThePasswordToItself(t *testing.T) {
	for _, dsn := range []string{"postgres://u:geheim@[::1", "postgres://u:geheim@127.0.0.1:1/x?connect_timeout=1"} {
		if err := store.Provision(t.Context(), dsn, nil, "x", nil); err == nil || strings.Contains(fmt.Sprint(err), "geheim") {
			t.Errorf("%v", err)
		}
	}
}
