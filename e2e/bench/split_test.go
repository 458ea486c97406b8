package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/identity"
)

// BenchmarkAssignSplit is BenchmarkAssign on split processes and real servers: the unit is a commit on the same PostgreSQL and a
// hop over the same Kafka.
func BenchmarkAssignSplit(b *testing.B) {
	for _, rate := range []int{10, 50, 200} {
		b.Run(fmt.Sprintf("%drps", rate), func(b *testing.B) {
			s, dir := serveSplit(b)
			assign(b, s, s.settle(b), openSplitYard(b, dir), rate)
		})
	}
}

// serveSplit starts every service and server, without anybody in it. All stops at the end of the benchmark.
func serveSplit(b *testing.B) (s *server, dir string) {
	b.Helper()
	if out, err := exec.Command("make", "-C", "../..", "--silent", "build").CombinedOutput(); err != nil {
		b.Fatalf("build services: %v\n%s", err, out)
	}
	dir, err := os.MkdirTemp("", "linli-bench-split")
	if err != nil {
		b.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if _, err := split("down", dir); err != nil {
			b.Error(err)
		}
		_ = os.RemoveAll(dir)
	})
	base := 20000 + 100*rand.IntN(120)
	args := []string{"up", dir, "--http", "127.0.0.1:" + strconv.Itoa(base+50), "--base", strconv.Itoa(base), "--company", "bench", "--", "--log-level", "warn"}
	out, err := split(append(args, lavish...)...)
	if err != nil {
		b.Fatal(err)
	}
	lines := strings.Fields(out)
	s = &server{url: lines[len(lines)-1], dir: filepath.Join(dir, "shared")}
	s.bus = bus.Config{Brokers: []string{"127.0.0.1:" + told(b, dir, "kafka/port")}, Company: "bench"}
	secret, err := host.Config{Data: s.dir}.Secret(identity.AdminSecret)
	if err != nil {
		b.Fatal(err)
	}
	s.admin = identity.AdminPassword(secret)
	return s, dir
}

// split runs tools/split.sh and answers what it printed.
func split(args ...string) (string, error) {
	command := exec.Command("../../tools/split.sh", args...)
	var complaints strings.Builder
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("split.sh %s: %w: %s", args[0], err, complaints.String())
	}
	return string(out), nil
}

// openSplitYard measures beside the platform, in a schema of its own.
func openSplitYard(b *testing.B, dir string) *yard {
	b.Helper()
	dsn := fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%s/postgres?sslmode=disable", told(b, dir, "postgres/password"), told(b, dir, "postgres/port"))
	return openYardOn(b, store.Config{DSN: dsn, Schema: "yard"}, "127.0.0.1:"+told(b, dir, "kafka/port"))
}

// told reads what split.sh has written about a server.
func told(b *testing.B, dir, name string) string {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}
