//go:build unix

package embedded

import (
	"log/slog"
	"strings"
	"testing"
)

// TestAFolderHasOneBroker: two in one folder would destroy its log; when the first has gone, the next may come.
func TestAFolderHasOneBroker(t *testing.T) {
	cfg := KafkaConfig{Dir: t.TempDir()}
	for range 2 {
		first, err := StartKafka(t.Context(), cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if second, err := StartKafka(t.Context(), cfg, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), cfg.Dir) {
			t.Errorf("a second broker: %v, %v", second, err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
