package replay

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestExitCodes(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.csv", "Unique Key,Created Date,Complaint Type\n1,03/24/2025 01:30:00 PM,Noise\n")
	for name, c := range map[string]struct {
		command Command
		code    int
		want    string
	}{
		"no file":        {Command{File: filepath.Join(folder, "none.csv"), URL: "http://127.0.0.1:1"}, exitUsage, "none.csv"},
		"missing column": {Command{File: write("bad.csv", "Unique Key,Complaint Type\n"), URL: "http://127.0.0.1:1"}, exitUsage, `"Created Date"`},
		"bad mapping":    {Command{File: good, URL: "http://127.0.0.1:1", Map: write("map.csv", "x\n")}, exitUsage, "complaint_type"},
		"no mapping":     {Command{File: good, URL: "http://127.0.0.1:1", Map: filepath.Join(folder, "none.map")}, exitUsage, "none.map"},
		"bad address":    {Command{File: good, URL: "127.0.0.1"}, exitUsage, "address"},
		"nobody there":   {Command{File: good, URL: "http://127.0.0.1:1"}, exitFailed, "read clock"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout bytes.Buffer
			err := c.command.run(t.Context(), &stdout, io.Discard)
			var coder kong.ExitCoder
			if !errors.As(err, &coder) || coder.ExitCode() != c.code || !strings.Contains(err.Error(), c.want) || stdout.Len() != 0 {
				t.Errorf("got %v, want code %d and %q", err, c.code, c.want)
			}
		})
	}
}

func TestTheCommandFitsIntoAGrammar(t *testing.T) {
	var cli struct {
		Replay Command `cmd:"" help:"x"`
	}
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"replay", "day.csv", "--url", "http://x", "--json", "--report", "r.html", "--map", "m.csv"}); err != nil {
		t.Fatal(err)
	}
	if c := cli.Replay; c.File != "day.csv" || c.URL != "http://x" || !c.JSON || c.Report != "r.html" || c.Map != "m.csv" || c.OTPLog == "" || c.Seed != 1 {
		t.Errorf("got %+v", c)
	}
}
