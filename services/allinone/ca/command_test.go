package ca

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/services/allinone/modules"
)

func run(t *testing.T, dir string, services ...string) string {
	t.Helper()
	var out strings.Builder
	c := New(modules.All())
	c.out, c.Company, c.Dir, c.Services = &out, "demo", dir, services
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryServiceGetsAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certs")
	if said := run(t, dir); !strings.Contains(said, "8 certificates") {
		t.Error(said)
	}
	for _, name := range append([]string{Together}, New(modules.All()).all...) {
		if _, err := credential.Open(filepath.Join(dir, name), slog.New(slog.DiscardHandler)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnotherRunRenewsUnderTheSameAuthority(t *testing.T) {
	dir := t.TempDir()
	run(t, dir)
	authority, tickets, hr := read(t, dir, "ca.pem"), read(t, dir, "tickets", "cert.pem"), read(t, dir, "hr", "cert.pem")
	run(t, dir, "tickets")
	if read(t, dir, "ca.pem") != authority {
		t.Error("the authority is another one")
	}
	if read(t, dir, "tickets", "cert.pem") == tickets {
		t.Error("the certificate is not renewed")
	}
	if read(t, dir, "hr", "cert.pem") != hr {
		t.Error("a certificate is renewed that was not asked for")
	}
}
