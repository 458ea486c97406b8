package e2e_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linlihub/linli/services/allinone/replay"

	"github.com/linlihub/linli/e2e/harness"
)

// A file that somebody cut wrongly, against a running demo: without a column that is needed nothing is asked of the server;
// a row that is broken is told by its number, and the others become tickets that come to their end.
func TestAReplayOfABrokenFile(t *testing.T) {
	demo := harness.StartDemo(t, "--clock-start", "2025-03-24T08:30:00+08:00", "--clock-speed", "2000", "--log-level", "error")
	dir := t.TempDir()
	run := func(file ...string) (report replay.Report, said string, code int) {
		path := filepath.Join(dir, "requests.csv")
		if err := os.WriteFile(path, []byte(strings.Join(file, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), demo.Path, "replay", path, "--url", demo.URL, "--otp-log", filepath.Join(demo.Data, "otp.log"), "--json")
		var stderr strings.Builder
		command.Stderr = &stderr
		out, err := command.Output()
		if exit := (&exec.ExitError{}); errors.As(err, &exit) {
			return report, stderr.String(), exit.ExitCode()
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &report); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return report, stderr.String(), 0
	}

	_, said, code := run("Unique Key,Complaint Type,Descriptor", "1,PLUMBING,LEAK")
	if code != 2 || !strings.Contains(said, `缺少必需的列 "Created Date"`) || !strings.Contains(said, `the required column "Created Date" is missing`) {
		t.Errorf("without a column it ends with %d and says %s", code, said)
	}

	report, said, code := run(
		"Unique Key,Created Date,Complaint Type,Descriptor",
		"1,03/24/2025 09:30:00 AM,PLUMBING,LEAK",
		"2,yesterday,PLUMBING,LEAK",
		"3,03/24/2025 09:31:00 AM",
		"4,03/24/2025 09:32:00 AM,Noise,BARKING")
	type count struct{ Code, Read, Skipped, Opened, Assigned, Finished, Lost, Refused int }
	want := count{Read: 4, Skipped: 2, Opened: 2, Assigned: 2, Finished: 2}
	got := count{code, report.Read, report.Skipped, report.Opened, report.Assigned, report.Finished, report.Lost, report.Refused}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("with two broken rows (-want +got):\n%s%s", diff, said)
	}
	for i, broken := range []replay.Skipped{{Row: 3, Line: 3, Reason: "yesterday"}, {Row: 4, Line: 4, Reason: "2 cells"}} {
		told := report.SkippedRows[i]
		if told.Row != broken.Row || told.Line != broken.Line || !strings.Contains(told.Reason, broken.Reason) {
			t.Errorf("broken row %d is told as %+v", broken.Row, told)
		}
	}
}
