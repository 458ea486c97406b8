package peers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const tools = "../../../tools"

// scratch is below which the servers live.
var scratch string

// TestMain stops what the benchmarks started. A process that they started themselves plays its role instead.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role))
	}
	var err error
	if scratch, err = os.MkdirTemp("", "linli-peers"); err != nil {
		panic(err)
	}
	// A PostgreSQL that may not use namespaces runs as another user, who must get here.
	if err := os.Chmod(scratch, 0o755); err != nil {
		panic(err)
	}
	end, err := keep(scratch)
	if err != nil {
		panic(err)
	}
	code := m.Run()
	end()
	os.Exit(code)
}

// keeper outlives this process by a moment. Its standard input is a pipe whose other end only we hold: however we end, the
// pipe closes, and the servers below the folder are stopped and forgotten.
const keeper = `cat >/dev/null; for dir in "$2"/*/; do [ ! -e "$dir/pid" ] || "$1" stop "$dir"; done; rm -rf "$2"`

func keep(dir string) (end func(), err error) {
	program, err := filepath.Abs(filepath.Join(tools, "parts.sh"))
	if err != nil {
		return nil, err
	}
	command := exec.Command("/bin/sh", "-c", keeper, "keeper", program, dir)
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // an interrupt is for us
	command.Stderr = os.Stderr
	lifeline, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	return func() { _, _ = lifeline.Close(), command.Wait() }, command.Start()
}

func parts(args ...string) error {
	if out, err := exec.Command(filepath.Join(tools, "parts.sh"), args...).CombinedOutput(); err != nil {
		return fmt.Errorf("parts.sh %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// part starts one of the real servers, installed before if need be.
func part(name string) (dir, address string, err error) {
	dir, port := filepath.Join(scratch, name), freePort()
	if err := parts("start", name, dir, strconv.Itoa(port)); err != nil {
		return "", "", err
	}
	return dir, "127.0.0.1:" + strconv.Itoa(port), nil
}

// postgres answers the address of the superuser of a real PostgreSQL, shared by the benchmarks.
var postgres = sync.OnceValues(func() (string, error) {
	dir, address, err := part("postgres")
	if err != nil {
		return "", err
	}
	password, err := os.ReadFile(filepath.Join(dir, "password"))
	return fmt.Sprintf("postgres://postgres:%s@%s/postgres?sslmode=disable", strings.TrimSpace(string(password)), address), err
})

// The other servers, shared by the benchmarks. Jaeger takes spans on the port after its first.
var (
	broker = shared("kafka", 0)
	redis  = shared("redis", 0)
	consul = shared("consul", 0)
	jaeger = shared("jaeger", 1)
)

func shared(name string, after int) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		_, address, err := part(name)
		if err != nil {
			return "", err
		}
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return "", err
		}
		first, err := strconv.Atoi(port)
		return net.JoinHostPort(host, strconv.Itoa(first+after)), err
	})
}

// address is of a server that must run.
func address(b *testing.B, server func() (string, error)) string {
	b.Helper()
	address, err := server()
	if err != nil {
		b.Fatal(err)
	}
	return address
}

// block is how many ports in a row one server may take.
const block = 5

// nextPort is where the next search begins, below those that the system gives away.
var nextPort = 20000 + block*(os.Getpid()%2000)

// freePort finds the first of a block in which nobody listens.
func freePort() int {
	for port := nextPort; ; port = nextPort {
		nextPort += block
		if !slices.ContainsFunc([]int{0, 1, 2, 3, 4}, func(n int) bool { return !free(port + n) }) {
			return port
		}
	}
}

func free(port int) bool {
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)) //nolint:noctx // it returns at once
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// eventually asks again and again until what is said holds.
func eventually(ctx context.Context, holds func() (bool, error)) error {
	again := time.NewTicker(2 * time.Millisecond)
	defer again.Stop()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return errors.Join(errors.New("it does not come to pass"), ctx.Err())
		}
	}
}

// until waits for an instant, or for the end of ctx.
func until(ctx context.Context, due time.Time) {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// median of a few figures.
func median(figures []float64) float64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}

// setting is a number from the environment.
func setting(b *testing.B, name string, otherwise int) int {
	b.Helper()
	value := os.Getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		b.Fatalf("%s=%q is not a number", name, value)
	}
	return n
}

// quantile of all that several measured.
func quantile(each [][]float64, q float64) float64 {
	all := slices.Concat(each...)
	slices.Sort(all)
	return all[int(q*float64(len(all)-1))]
}
