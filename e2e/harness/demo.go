package harness

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Build builds the command linli and answers where it is.
func Build(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "linli")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "github.com/linlihub/linli/services/allinone")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build linli: %v\n%s", err, out)
	}
	return path
}

// Demo is the command linli serving its own community.
type Demo struct {
	// Path is the command, URL where it serves, Data its folder.
	Path, URL, Data string
}

// StartDemo runs linli serve --demo on an empty folder until the end of the test, and returns when everybody has moved in.
func StartDemo(t testing.TB, args ...string) Demo {
	t.Helper()
	d := Demo{Path: Build(t), Data: t.TempDir()}
	var said strings.Builder
	serve := exec.Command(d.Path, slices.Concat([]string{"serve", "--demo", "--data", d.Data, "--http", "127.0.0.1:0"}, patient, args)...)
	serve.Stderr = &said
	out, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatalf("run linli: %v", err)
	}
	read := make(chan struct{})
	t.Cleanup(func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		<-read
		if err := serve.Wait(); err != nil {
			t.Errorf("linli ends badly: %v\n%s", err, said.String())
		}
	})
	greeted := make(chan string, 1)
	go func() { // to the end: a command whose output nobody takes stands still
		defer close(read)
		defer close(greeted)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if _, address, found := strings.Cut(lines.Text(), "http://"); found {
				host, _, _ := strings.Cut(address, "/")
				select {
				case greeted <- "http://" + host:
				default: // the greeting names every page
				}
			}
		}
	}()
	if d.URL = <-greeted; d.URL == "" {
		t.Fatalf("linli ends without a greeting:\n%s", said.String())
	}
	return d
}
