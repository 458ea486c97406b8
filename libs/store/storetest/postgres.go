package storetest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// errNoPostgres is the only reason to skip: nothing is installed. Whatever fails later is a failure.
var errNoPostgres = errors.New("no PostgreSQL: install Debian's postgresql, or set LINLI_PG_BIN to its bin folder")

// server is a running cluster. It stops when lifeline is closed, which nobody does but the system, when this process ends; it
// is kept here so that it is not collected as garbage.
type server struct {
	dsn      string
	lifeline io.Closer
}

// shared is the cluster of this test process.
var shared = sync.OnceValues(start)

// cluster is the DSN of a private cluster, started at the first use and shared by all tests of the process.
func cluster(tb testing.TB) string {
	tb.Helper()
	running, err := shared()
	switch {
	case err == nil:
		return running.dsn
	case errors.Is(err, errNoPostgres) && os.Getenv("LINLI_REQUIRE_PARTS") != "1" && os.Getenv("CI") != "true":
		tb.Skipf("NOT TESTED ON POSTGRESQL: %v", err)
	default:
		tb.Fatalf("start PostgreSQL: %v", err)
	}
	return ""
}

// keeper starts postgres and outlives this process by a moment. Its standard input is a pipe whose other end only we hold:
// however we end, kill -9 included, the pipe closes, and the keeper stops its own child and removes the folder. An
// immediate shutdown will do: the data is thrown away.
const keeper = `
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync="$3" -c max_connections=300 -c shared_buffers=64MB >"$2/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$2"
`

func start() (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, as, err := folder()
	if err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out)), os.RemoveAll(dir))
	}
	keep := exec.Command("/bin/sh", "-c", keeper, "keeper", bin, dir, durable())
	keep.SysProcAttr, keep.Dir = as, dir
	lifeline, err := keep.StdinPipe()
	if err == nil {
		err = keep.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s := &server{dsn: "postgres://postgres@/postgres?host=" + dir, lifeline: lifeline}
	return s, s.ready(filepath.Join(dir, "log"))
}

// durable lets benchmarks wait for the disk, which tests have no use for.
func durable() string {
	if bench := flag.Lookup("test.bench"); bench != nil && bench.Value.String() != "" {
		return "on"
	}
	return "off"
}

// binaries finds the newest PostgreSQL of Debian, unless LINLI_PG_BIN says another.
func binaries() (string, error) {
	if bin := os.Getenv("LINLI_PG_BIN"); bin != "" {
		return bin, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // the pattern is well formed
	if len(found) == 0 {
		return "", errNoPostgres
	}
	major := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // a folder of another name comes first
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return major(a) - major(b) })
	return filepath.Dir(newest), nil
}

// folder makes a place for the cluster, and tells as whom to run: PostgreSQL refuses to run as root, and another user cannot
// enter the folders that package testing makes. It is in /tmp because the path of a unix socket must be short.
func folder() (dir string, as *syscall.SysProcAttr, err error) {
	if dir, err = os.MkdirTemp("/tmp", "linli-pg-"); err != nil {
		return "", nil, err
	}
	as = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us; the keeper hears of our end by the pipe
	if os.Getuid() != 0 {
		return dir, as, nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		owner, err = user.Lookup("nobody")
	}
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	uid, _ := strconv.Atoi(owner.Uid) // numbers on every system that has a user named postgres
	gid, _ := strconv.Atoi(owner.Gid)
	as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return dir, as, errors.Join(os.Chmod(dir, 0o755), os.Chown(dir, uid, gid))
}

// ready waits until the cluster answers.
func (s *server) ready(log string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.dsn)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			text, _ := os.ReadFile(log) // told as far as there is any
			return fmt.Errorf("no answer in time: %w: %s", err, strings.TrimSpace(string(text)))
		}
	}
}
