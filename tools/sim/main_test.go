package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRunWritesAResultPerPolicyAndSeed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.json")
	var out strings.Builder
	err := command(t.Context(), strings.Fields("run --rate 10 --seeds 1,2 --policies ours,fcfs --json "+file), &out)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	if err := json.Unmarshal(text, &all); err != nil || len(all) != 4 {
		t.Fatalf("%d results, %v", len(all), err)
	}
	for _, key := range []string{
		"policy", "rate", "seed", "tickets", "on_time_share", "emergency_share", "wait_p50_s", "wait_p99_s", "travel_km",
		"decision_p99_ms",
	} {
		if _, has := all[0][key]; !has {
			t.Errorf("no %s in %v", key, all[0])
		}
	}
	if !strings.Contains(out.String(), "÷ greedy") {
		t.Errorf("no table in %q", out.String())
	}
}

func TestBadFlagsAreRefused(t *testing.T) {
	for _, line := range []string{"", "walk", "run --rate many", "run --seeds -1", "run --policies guess"} {
		if err := command(t.Context(), strings.Fields(line), &strings.Builder{}); err == nil {
			t.Errorf("%q was accepted", line)
		}
	}
}
