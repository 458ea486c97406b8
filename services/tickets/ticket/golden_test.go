package ticket

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata anew: only for events added, never for events changed")

// A stored log is read for ever: rows outlive the program that wrote them. If this test fails, a field or an event was
// renamed, and the tickets of every company are unreadable.
func TestLog_WhatWasStoredIsReadForEver(t *testing.T) {
	if *update {
		writeGolden(t)
	}
	stored, err := os.ReadFile("testdata/log.jsonl")
	ok(t, err)
	var log []Event
	for lines := bufio.NewScanner(bytes.NewReader(stored)); lines.Scan(); {
		name, data, _ := strings.Cut(lines.Text(), " ")
		e, err := Decode(name, []byte(data))
		ok(t, err)
		again, err := Encode(e)
		ok(t, err)
		if string(again) != data {
			t.Errorf("%s is written\n%s\nand was\n%s", name, again, data)
		}
		log = append(log, e)
	}
	replayed, err := Replay(log)
	ok(t, err)
	var want Snapshot
	text, err := os.ReadFile("testdata/snapshot.json")
	ok(t, err)
	ok(t, json.Unmarshal(text, &want))
	if !reflect.DeepEqual(replayed, want) {
		t.Errorf("replayed\n%+v\nstored\n%+v", replayed, want)
	}
}

func writeGolden(t *testing.T) {
	t.Helper()
	tk := long(t)
	var lines bytes.Buffer
	for _, e := range tk.Changes() {
		data, err := Encode(e)
		ok(t, err)
		lines.WriteString(e.Name() + " " + string(data) + "\n")
	}
	ok(t, os.MkdirAll("testdata", 0o755))
	ok(t, os.WriteFile("testdata/log.jsonl", lines.Bytes(), 0o644))
	text, err := json.MarshalIndent(tk.Snapshot(), "", "  ")
	ok(t, err)
	ok(t, os.WriteFile("testdata/snapshot.json", append(text, '\n'), 0o644))
}
