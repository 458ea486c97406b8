package harness

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/host"
	"golang.org/x/sync/errgroup"
)

// Secured are Kafka, PostgreSQL and Redis that are reached by TLS and with a password only.
type Secured struct {
	// Flags let a process in.
	Flags []string
	// Access is the folder of each server that lets a process in: kafka, postgres, redis.
	Access map[string]string
}

// StartSecured starts them for one test.
func StartSecured(t testing.TB) *Secured {
	t.Helper()
	requireParts(t)
	dir := t.TempDir()
	authority, err := credential.OpenAuthority(filepath.Join(dir, "authority"), "servers")
	if err != nil {
		t.Fatal(err)
	}
	port := freePorts()
	at := func(place int) string { return "localhost:" + strconv.Itoa(port+place) }
	s := &Secured{Access: map[string]string{}}
	users := map[string]string{"kafka": "linli", "postgres": "postgres", "redis": "default"}
	var all errgroup.Group
	for place, name := range map[int]string{0: "kafka", 2: "postgres", 3: "redis"} {
		server := filepath.Join(dir, name)
		s.Access[name] = filepath.Join(dir, name+"-access")
		if err := secure(authority, filepath.Join(server, "secure"), s.Access[name], users[name]); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = tool("parts.sh", "stop", server) }) // the folder goes, whatever became of the server
		all.Go(func() error {
			_, err := tool("parts.sh", "start", name, server, strconv.Itoa(port+place))
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatalf("start the secured servers: %v", err)
	}
	s.Flags = []string{
		"--brokers", at(0), "--brokers-dir", s.Access["kafka"], "--redis", at(3), "--redis-dir", s.Access["redis"],
		"--database", "postgres://" + at(2) + "/postgres", "--database-dir", s.Access["postgres"],
	}
	if err := warm(t, at(0), s.Access["kafka"]); err != nil {
		t.Fatalf("ask the secured broker: %v", err)
	}
	return s
}

// warm asks a broker until it answers: the first handshake of one that has just started takes longer than a process waits.
func warm(t testing.TB, address, dir string) error {
	cfg := bus.Config{Brokers: []string{address}, Company: "demo"}
	if err := host.BusAccess(&cfg, dir, bus.Logins[0]); err != nil {
		return err
	}
	var err error
	for range 5 {
		if err = bus.EnsureTopics(t.Context(), cfg, nil); err == nil {
			return nil
		}
	}
	return err
}

// Secrets is the folder of the company's secrets.
func (p *Platform) Secrets() string { return filepath.Join(p.running.data(), "secrets") }

// secure writes what a server needs to be safe, and what its client needs to get in.
func secure(authority *credential.Authority, server, client, username string) error {
	if err := errors.Join(authority.Issue(server, "localhost"), os.MkdirAll(client, 0o700), authority.Trust(client)); err != nil {
		return err
	}
	password := rand.Text()
	var all error
	for _, dir := range []string{server, client} {
		all = errors.Join(all, os.WriteFile(filepath.Join(dir, "username"), []byte(username), 0o600),
			os.WriteFile(filepath.Join(dir, "password"), []byte(password), 0o600))
	}
	return all
}

// requireParts skips, unless the servers must be there.
func requireParts(t testing.TB) {
	t.Helper()
	if _, err := tool("parts.sh", "installed"); err == nil {
		return
	}
	if os.Getenv("LINLI_REQUIRE_PARTS") == "1" || os.Getenv("CI") == "true" {
		t.Fatal(errNoParts)
	}
	t.Skipf("NOT TESTED ON REAL SERVERS: %v", errNoParts)
}
