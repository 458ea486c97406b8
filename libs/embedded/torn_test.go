package embedded

import (
	"os"
	"path/filepath"
	"testing"
)

// TestATornLogHidesNothing: after a power cut in the middle of a write the broker starts, and what it acknowledges then
// outlives the next crash.
func TestATornLogHidesNothing(t *testing.T) {
	dir := t.TempDir()
	k := start(t, KafkaConfig{Dir: dir})
	c := client(t, k.Addr())
	createTopic(t, c, "t", 1)
	if err := commit(t.Context(), c, "g", "t", 0, 1); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	tear(t, filepath.Join(dir, "groups.log"))

	c = client(t, start(t, KafkaConfig{Dir: dir}).Addr())
	if got := committed(t, c, "g", "t", 0); got != 1 {
		t.Errorf("committed %d before the cut, want 1", got)
	}
	if err := commit(t.Context(), c, "g", "t", 0, 2); err != nil {
		t.Fatal(err)
	}
	crashed := t.TempDir() // what is on the disk now
	if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	c = client(t, start(t, KafkaConfig{Dir: crashed}).Addr())
	if got := committed(t, c, "g", "t", 0); got != 2 {
		t.Errorf("committed %d after the cut, want 2", got)
	}
}

// tear appends the beginning of the last entry once more.
func tear(t *testing.T, path string) {
	t.Helper()
	log, err := os.ReadFile(path)
	if err != nil || len(log) < 20 {
		t.Fatalf("%d bytes, %v", len(log), err)
	}
	if err := os.WriteFile(path, append(log, log[:20]...), 0o600); err != nil {
		t.Fatal(err)
	}
}
