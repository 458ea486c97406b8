package storetest

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/store"
)

// TestEach shows that every subtest has its own, empty database.
func TestEach(t *testing.T) {
	for range 2 {
		Each(t, func(t *testing.T, db *store.DB) {
			if _, err := db.Lazily(t.Context(), `CREATE TABLE only_mine (id BIGINT PRIMARY KEY)`); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestNothingIsLeftBehind kills a process that runs a cluster, and waits for the cluster to be gone.
func TestNothingIsLeftBehind(t *testing.T) {
	if os.Getenv("STORETEST_VICTIM") == "1" {
		os.Stdout.WriteString(cluster(t) + "\n")
		select {} // until we are killed
	}
	cluster(t) // skips where there is none
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	victim := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestNothingIsLeftBehind$")
	victim.Env = append(os.Environ(), "STORETEST_VICTIM=1")
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, dir, _ := strings.Cut(strings.TrimSpace(line), "host=")
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // says that it was killed
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("%s is still there", dir)
		}
	}
}
