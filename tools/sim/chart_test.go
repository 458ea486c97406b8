package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The whole benchmark in small: days, a moment and variants become one file and one picture.
func TestRunsBecomeAPage(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	var out strings.Builder
	for _, line := range []string{
		"run --rate 10 --seeds 1 --policies ours,greedy,fcfs,hindsight --limit 50ms --json " + at("days"),
		"vary --rate 10 --seeds 1 --json " + at("variants"),
		"snapshot --seeds 1 --limits 50ms --json " + at("moments"),
		"chart --days " + at("days") + " --variants " + at("variants") + " --moments " + at("moments") + " --json " + at("page") + " --svg " + at("svg"),
	} {
		if err := command(t.Context(), strings.Fields(line), &out); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	text, err := os.ReadFile(at("page"))
	if err != nil {
		t.Fatal(err)
	}
	var all page
	if err := json.Unmarshal(text, &all); err != nil || len(all.Days) != 4 || len(all.Variants) != 2*len(variants) || len(all.Moments) < 1 {
		t.Errorf("%d days, %d variants, %d moments, %v", len(all.Days), len(all.Variants), len(all.Moments), err)
	}
	picture, err := os.ReadFile(at("svg"))
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(string(picture))); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the picture is broken: %v", err)
		}
	}
	if n := strings.Count(string(picture), "<rect"); n < 30 {
		t.Errorf("%d bars", n)
	}
}
