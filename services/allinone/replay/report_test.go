package replay

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// sample is a report in which everything has happened.
func sample() Report {
	return Report{
		Read: 12, Skipped: 1, Opened: 10, Assigned: 10, Finished: 9, Rated: 6, Lost: 1, Refused: 1,
		T1ms: Distribution{10, 41, 180, 2200, 2200}, T1s: Distribution{10, 30, 130, 1580, 1580},
		T2s: Distribution{10, 70, 200, 1640, 1640}, T3s: Distribution{9, 620, 1800, 5400, 5400},
		OnTimeShare: .8,
		SkippedRows: []Skipped{{Row: 3, Line: 4, Reason: "无法识别的时间 \"<b>\" / Created Date \"<b>\" is not a time"}},
		RefusedRows: []Refusal{{Row: 7, Code: "tickets.limit_day", Reason: "limit"}},
		LostTickets: []string{"0195c5a1"},
		ByCategory: []Group{
			{Key: "hvac", ZH: "空调暖气", EN: "Heating and cooling", Opened: 6, Due: 6, OnTime: 6, Share: 1, T3s: Distribution{6, 600, 700, 700, 700}},
			{Key: "noise", ZH: "噪音扰民", EN: "Noise", Opened: 4, Due: 4, OnTime: 2, Share: .5, T3s: Distribution{3, 900, 5400, 5400, 5400}},
		},
		ByHour: []Group{
			{Key: "09", ZH: "09", EN: "09", Opened: 7, Due: 7, OnTime: 7, Share: 1},
			{Key: "23", ZH: "23", EN: "23", Opened: 3, Due: 3, OnTime: 1, Share: .333},
		},
		Stars: [5]int{0, 0, 1, 1, 4}, Returned: 1, Declined: 2, Absent: 1,
		ShiftDays: 2, Folded: true, File: "day.csv", Server: "http://127.0.0.1:8080", Speed: 720,
		Began: time.Date(2025, 3, 24, 0, 0, 0, 0, Zone), Ended: time.Date(2025, 3, 25, 1, 0, 0, 0, Zone), WallSeconds: 125.3,
		Remarks: append([]Remark{source}, Timetable{ShiftDays: 2, Folded: true}.remarks()...),
	}
}

func TestPage(t *testing.T) {
	var page bytes.Buffer
	if err := WritePage(&page, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.golden.html", page.Bytes())
	if regexp.MustCompile(`<script|https?://[^1]|<link|@import|url\(`).Match(page.Bytes()) {
		t.Error("the page needs something from elsewhere")
	}
	var empty bytes.Buffer
	if err := WritePage(&empty, Report{}); err != nil || bytes.Contains(empty.Bytes(), []byte("NaN")) {
		t.Error("an empty report:", err)
	}
}

func TestTextOfAReport(t *testing.T) {
	var text bytes.Buffer
	if err := WriteText(&text, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.golden.txt", text.Bytes())
}

func TestJSONHasTheKeysThatWerePromised(t *testing.T) {
	text, err := json.Marshal(Report{})
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"read", "skipped", "opened", "assigned", "finished", "rated", "lost", "t1_ms", "t2_s", "t3_s", "on_time_share"} {
		if _, there := keys[key]; !there {
			t.Errorf("%s is missing", key)
		}
	}
}
