package harness

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// Binary is the platform as its users run it, a process of its own that a test may kill. It serves the folder and the address
// of a Platform that has gone, so that the callers of that one, once signed in, are its callers too.
type Binary struct {
	*Platform

	path    string
	address string
	log     *os.File
	command *exec.Cmd
}

// StartBinary builds the command linli, has prepare set the community up in this process, and runs the command on what that
// left behind. Whoever calls the binary has to sign in in prepare: codes are told in a demo only, and this is none.
func StartBinary(t testing.TB, prepare func(*Platform)) *Binary {
	t.Helper()
	b := &Binary{path: Build(t), address: freeAddress(t)}
	b.Platform = StartEmbedded(t, "--http", b.address)
	prepare(b.Platform)
	b.running.down(t)
	var err error
	if b.log, err = os.Create(filepath.Join(t.TempDir(), "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Kill)
	b.Run()
	return b
}

// freeAddress is one that the next process may bind, again and again.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Run starts the process on its folder and returns when it is ready.
func (b *Binary) Run() {
	b.t.Helper()
	b.command = exec.CommandContext(context.WithoutCancel(b.t.Context()), b.path,
		slices.Concat([]string{"serve", "--data", b.running.data(), "--http", b.address, "--log-level", "debug"}, patient)...)
	b.command.Stdout, b.command.Stderr = b.log, b.log
	if err := b.command.Start(); err != nil {
		b.t.Fatalf("run linli: %v", err)
	}
	b.Eventually("linli is ready", func() error {
		request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, "http://"+b.address+"/readyz", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("it answers %s; its log: %s", response.Status, b.log.Name())
		}
		return nil
	})
}

// Kill ends the process as a power cut would: it gets no word in (SIGKILL).
func (b *Binary) Kill() {
	if b.command == nil {
		return
	}
	_ = b.command.Process.Kill()
	_ = b.command.Wait() // it says that it was killed
	b.command = nil
}

// Log is all that the processes have said so far.
func (b *Binary) Log() string {
	b.t.Helper()
	said, err := os.ReadFile(b.log.Name())
	if err != nil {
		b.t.Fatal(err)
	}
	return string(said)
}
