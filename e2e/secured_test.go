package e2e_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/allinone/modules"

	"github.com/linlihub/linli/e2e/harness"
)

// The same journey on servers that are reached by TLS and with a password only; and a process that is not let in, or that
// finds a stranger in a server's place, says so instead of starting.
func TestSecuredServers(t *testing.T) {
	servers := harness.StartSecured(t)
	p := harness.StartEmbedded(t, servers.Flags...)
	ticket := p.Open("p1", "plumbing").GetId()
	p.OnDuty("t1")
	p.Offer(ticket)
	p.Hear(p.Listen(p.Resident("p1"), "/v1/tickets/"+ticket+"/events", ""), "TicketAssigned")
	flags := append(servers.Flags, "--secrets", p.Secrets()) // of one company, as the data is
	for _, way := range bus.Logins {
		process, err := try(t, append(flags, "--brokers-login", way)...)
		if err != nil {
			t.Fatalf("%s: %v", way, err)
		}
		process.Stop()
	}
	for _, c := range []struct{ server, file, text, says string }{
		{"kafka", "password", "guessed", "Authentication failed"},
		{"kafka", "ca.pem", strange(t), "unknown authority"},
		{"kafka", "username", "", "username must be one line"},
		{"kafka", "ca.pem", "none", "ca.pem holds no certificate"},
		{"postgres", "password", "guessed", "password authentication failed"},
		{"postgres", "ca.pem", strange(t), "unknown authority"},
		{"postgres", "key.pem", "any", "need each other"},
		{"redis", "password", "guessed", "WRONGPASS"},
		{"redis", "ca.pem", strange(t), "unknown authority"},
		{"redis", "password", "a\nb", "one line"},
	} {
		t.Run(c.server+" "+c.says, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "spoiled")
			if err := os.CopyFS(dir, os.DirFS(servers.Access[c.server])); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			spoiled := slices.Clone(flags)
			spoiled[slices.Index(flags, servers.Access[c.server])] = dir
			refused(t, c.says, spoiled...)
		})
	}
	t.Run("prepared", func(t *testing.T) { prepareSecured(t, servers) })
	for flag, says := range map[string]string{
		"--brokers-dir": "create topics", "--database-dir": "password authentication failed",
		"--brokers": "needs --brokers", "--redis": "needs --redis", "--database": "needs --database",
	} {
		t.Run("without "+flag, func(t *testing.T) {
			at := slices.Index(flags, flag)
			refused(t, says, slices.Concat(flags[:at], flags[at+2:])...)
		})
	}
}

// prepareSecured makes what a release needs on servers that only folders let in, as the job of the charts does; and a service
// then signs in by its own URL, as a secret of Kubernetes hands it over, with its folder's authority alone.
func prepareSecured(t *testing.T, servers *harness.Secured) {
	dir, linli := t.TempDir(), harness.Build(t)
	flag := func(name string) string { return servers.Flags[slices.Index(servers.Flags, name)+1] }
	run := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), linli, append([]string{"prepare"}, args...)...).CombinedOutput()
		return string(out), err
	}
	if said, err := run("urls", "--company", "spring", "--admin", flag("--database"), "--out", dir); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	all := []string{"all", "--company", "spring", "--admin", flag("--database"), "--known", dir, "--brokers", flag("--brokers"), "--redis", flag("--redis")}
	says := map[string]string{"brokers": "prepare topics", "redis": "global.redis.accessSecret", "database": "password authentication failed"}
	folder := func(server string) string { return "LINLI_" + strings.ToUpper(server) + "_DIR" } // as the charts tell it
	for server := range says {
		t.Setenv(folder(server), flag("--"+server+"-dir"))
	}
	if said, err := run(all...); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for server, want := range says {
		right, wrong := flag("--"+server+"-dir"), filepath.Join(dir, "wrong-way-to-"+server)
		if err := errors.Join(os.CopyFS(wrong, os.DirFS(right)), os.WriteFile(filepath.Join(wrong, "password"), []byte("guessed"), 0o600)); err != nil {
			t.Fatal(err)
		}
		t.Setenv(folder(server), wrong)
		if said, err := run(all...); err == nil || !strings.Contains(said, want) || strings.Contains(said, "guessed") {
			t.Errorf("with a wrong password of %s: %v, %q does not say %q, or tells it", server, err, said, want)
		}
		t.Setenv(folder(server), right)
	}
	own, err := os.ReadFile(filepath.Join(dir, "tickets"))
	if err != nil {
		t.Fatal(err)
	}
	access := filepath.Join(dir, "way-to-postgres")
	authority, err := os.ReadFile(filepath.Join(flag("--database-dir"), "ca.pem"))
	if err := errors.Join(err, os.Mkdir(access, 0o700), os.WriteFile(filepath.Join(access, "ca.pem"), authority, 0o600)); err != nil {
		t.Fatal(err)
	}
	way, err := credential.OpenAccess(access)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Config{DSN: string(own), Access: way, Schema: "tickets"}, nil)
	if err != nil {
		t.Fatalf("tickets signs in by %d bytes: %v", len(own), err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// refused starts a process that must not start.
func refused(t *testing.T, says string, flags ...string) {
	t.Helper()
	process, err := try(t, flags...)
	if err == nil {
		process.Stop()
		t.Fatal("started")
	}
	if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "guessed") || strings.Contains(err.Error(), "\n") {
		t.Errorf("not one sentence that says %q, or it tells the password: %v", says, err)
	}
}

func try(t *testing.T, flags ...string) (*host.Process, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return host.Start(ctx, append([]string{"--data", t.TempDir(), "--http", "127.0.0.1:0", "--log-level", "error"}, flags...), modules.All()...)
}

// strange is an authority that nobody here has a certificate of.
func strange(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := credential.OpenAuthority(dir, "strangers"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
