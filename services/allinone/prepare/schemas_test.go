package prepare

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linlihub/linli/libs/host"
)

// Passwords that the services were given are those of the roles, and nothing is asked of PostgreSQL before all are known:
// its address here is nobody's.
func TestKnownURLsAreAllThereIs(t *testing.T) {
	dir := t.TempDir()
	write := func(service, url string) {
		if err := os.WriteFile(filepath.Join(dir, service), []byte(url), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := Schemas{Admin: "postgres://admin:secret@127.0.0.1:1/postgres", Company: "spring", Known: dir}
	prepare := func() string {
		err := s.prepare(t.Context(), host.Needs{Schemas: []string{"tickets"}})
		if err == nil {
			t.Fatal("nobody is there, and yet it is done")
		}
		return err.Error()
	}
	if said := prepare(); !strings.Contains(said, "no URL for tickets") {
		t.Errorf("a service without a URL: %s", said)
	}
	for _, wrong := range []string{"postgres://spring_hr:x@db/spring", "postgres://spring_tickets@db/spring", "spring_tickets"} {
		write("tickets", wrong)
		if said := prepare(); !strings.Contains(said, "must name the role spring_tickets") || strings.Contains(said, "x@") {
			t.Errorf("%s: %s", wrong, said)
		}
	}
	write("tickets", "postgres://spring_tickets:good@db/spring\n")
	if password, err := s.password("tickets"); password != "good" || err != nil {
		t.Errorf("password %q, %v", password, err)
	}
	if said := prepare(); !strings.Contains(said, "provision spring") {
		t.Errorf("with all known, PostgreSQL is asked: %s", said)
	}
	if found, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(found) != 1 {
		t.Errorf("it wrote %v, %v", found, err)
	}
}

func TestANewServiceGetsANewPassword(t *testing.T) {
	s := Schemas{Company: "spring", Out: t.TempDir()}
	one, err := s.password("tickets")
	if err != nil {
		t.Fatal(err)
	}
	if two, err := s.password("hr"); err != nil || one == two || len(one) < 20 {
		t.Errorf("%q and %q: %v", one, two, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Admin = "postgres://admin:secret@127.0.0.1:1/postgres"
	if err := s.prepare(ctx, host.Needs{Schemas: []string{"tickets"}}); err == nil {
		t.Error("it went on when told to stop")
	}
	if found, err := filepath.Glob(filepath.Join(s.Out, "*")); err != nil || len(found) != 0 {
		t.Errorf("it left URLs of roles that are not there: %v, %v", found, err)
	}
}
