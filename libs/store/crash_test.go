package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	process "os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

const (
	victimFile  = "LINLI_TEST_STORE_FILE"
	victimRound = "LINLI_TEST_STORE_ROUND"
)

// TestMain lets this binary also be the process that TestKill kills.
func TestMain(m *testing.M) {
	if file := os.Getenv(victimFile); file != "" {
		os.Exit(writeUntilKilled(file, os.Getenv(victimRound)))
	}
	os.Exit(m.Run())
}

// writeUntilKilled has many writers at once, and names on standard output whatever a Write said it has. Every third change is
// refused by its own rule.
func writeUntilKilled(file, round string) int {
	db, err := store.Open(context.Background(), store.Config{DSN: "sqlite:" + file}, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() { // ends with the parent, should it forget us
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	var writers sync.WaitGroup
	for w := range 16 {
		writers.Go(func() {
			for n := 0; ; n++ {
				if err := writeOne(db, fmt.Sprint(round, "/", w, "/", n), n%3 == 2); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
			}
		})
	}
	writers.Wait()
	return 1
}

func writeOne(db *store.DB, name string, refuse bool) error {
	err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		if refuse {
			name += " refused"
		}
		if _, err := tx.Exec(ctx, put, name, name, 1); err != nil {
			return err
		}
		if refuse {
			return errOwn
		}
		return nil
	})
	if err == nil {
		_, err = os.Stdout.WriteString(name + "\n")
	} else if errors.Is(err, errOwn) {
		return nil
	}
	return err
}

// TestKill kills a process in the midst of commits that its writers share: what one of them was told is there, and of what
// was refused there is nothing.
func TestKill(t *testing.T) {
	const kills, enough = 5, 300
	file := filepath.Join(t.TempDir(), "shelf.db")
	config := store.Config{DSN: "sqlite:" + file}
	db := storetest.Open(t, config)
	if err := db.Migrate(t.Context(), sub(t, testdata, "testdata"), "shelf"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var told []string
	for round := range kills {
		told = append(told, killOne(t, file, round, enough)...)
	}
	db = storetest.Open(t, config)
	for _, name := range told {
		if n := count(t, db, `SELECT count(*) FROM shelf_book WHERE id = ?`, name); n != 1 {
			t.Errorf("%s was told and is not there", name)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM shelf_book WHERE id LIKE '%refused'`); n != 0 {
		t.Errorf("%d rows of changes that were refused", n)
	}
	t.Logf("%d changes outlived %d kills", len(told), kills)
}

// killOne answers everything that the victim said it has, its last words included.
func killOne(t *testing.T, file string, round, enough int) (told []string) {
	t.Helper()
	victim := process.CommandContext(t.Context(), os.Args[0])
	victim.Env = append(os.Environ(), victimFile+"="+file, fmt.Sprint(victimRound, "=", round))
	victim.Stderr = os.Stderr
	in, err := victim.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // half a line tells nothing
			break
		}
		told = append(told, strings.TrimSpace(line))
		if len(told) == enough {
			_ = victim.Process.Kill()
		}
	}
	_ = victim.Wait() // says that it was killed
	if len(told) < enough {
		t.Fatalf("the process ended by itself after %d changes", len(told))
	}
	return told
}
