// Package replay drives a day of real service requests through a running server, with simulated technicians and residents,
// and holds what came of them against the API.
package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/services/allinone/demo"
)

// Exit codes.
const (
	exitFailed = 1 // tickets were lost, doubled or refused, or the replay could not be done
	exitUsage  = 2 // the file, the mapping or a flag is not usable
)

// Command is `linli replay`. Mount it in a kong grammar.
type Command struct {
	File   string        `arg:"" help:"CSV export of the 311 schema (NYC Open Data): any columns beyond the required ones, any order."`
	URL    string        `default:"http://127.0.0.1:8080" env:"LINLI_URL" help:"Address of the server. It must hold the demo community: linli serve --demo."`
	JSON   bool          `name:"json" help:"Print the report as one JSON object on the standard output."`
	Report string        `placeholder:"FILE.html" help:"Write the report as a page with charts."`
	Map    string        `placeholder:"FILE" help:"Table from complaint types to categories, CSV or JSON, instead of the built-in one."`
	OTPLog string        `name:"otp-log" default:"./data/otp.log" env:"LINLI_OTP_LOG" help:"File in which the server's demo writes one-time codes: otp.log in its data folder. Unreadable: stewards open for the residents, nobody rates."`
	Seed   uint64        `default:"1" help:"Seed of the demo community on the server, and of how its people behave."`
	Drain  time.Duration `default:"24h" help:"How long, on the server's clock, tickets may take after the last row was opened."`

	Verbose bool `short:"v" help:"Tell of every repeated call and broken stream."`
}

// Help is the long text of --help.
func (Command) Help() string {
	return `Residents open the file's requests at their time of day on the server's clock, simulated technicians accept, travel,
work, sometimes decline or meet nobody at home, and residents rate. Time has one knob, the clock of the server
(linli serve --demo --clock-start … --clock-speed N).

Progress goes to the standard error, the report to the standard output.
Exit codes: 0 every row that could be read became one ticket that came to its end; 1 tickets were lost, doubled or refused,
or the replay could not be done; 2 the file, the mapping or a flag cannot be used.`
}

// exitError is an error with the exit code that kong, or main, shall end the process with.
type exitError struct {
	error
	code int
}

// ExitCode makes it a kong.ExitCoder.
func (e exitError) ExitCode() int { return e.code }

// Unwrap gives the error itself.
func (e exitError) Unwrap() error { return e.error }

// Run replays the file. Its error carries the exit code.
func (c *Command) Run() error {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // a command is a root
	defer release()
	return c.run(ctx, os.Stdout, os.Stderr)
}

func (c *Command) run(ctx context.Context, stdout, stderr io.Writer) error {
	report, err := c.replay(ctx, stderr)
	var file *FileError
	switch {
	case errors.As(err, &file):
		return exitError{err, exitUsage}
	case err != nil:
		return exitError{err, exitFailed}
	}
	if err := c.show(report, stdout); err != nil {
		return exitError{err, exitFailed}
	}
	if !report.Good() {
		return exitError{fmt.Errorf("%d lost, %d refused, %d doubled", report.Lost, report.Refused, report.Doubled), exitFailed}
	}
	return nil
}

// replay reads what the user gave before it asks anything of the server.
func (c *Command) replay(ctx context.Context, stderr io.Writer) (Report, error) {
	settings, err := c.settings(stderr)
	if err != nil {
		return Report{}, err
	}
	report, err := Replay(ctx, settings)
	if err != nil {
		return Report{}, fmt.Errorf("replay: %w", err)
	}
	if settings.Codes == nil {
		report.Remarks = append(report.Remarks, noCodesRemark(c.OTPLog))
	}
	report.File, report.Server = filepath.Base(c.File), c.URL
	return report, nil
}

func (c *Command) settings(stderr io.Writer) (Settings, error) {
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelDebug
	}
	s := Settings{Seed: c.Seed, Habits: DefaultHabits, Drain: c.Drain, Log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))}
	s.Progress = func(p Progress) { fmt.Fprintln(stderr, p) } // what the terminal does with it is not ours
	var err error
	if s.Sheet, err = readFile(c.File); err != nil {
		return s, err
	}
	if c.Map != "" {
		text, err := os.ReadFile(c.Map)
		if err != nil {
			return s, fileErrorf("%v", err)
		}
		if s.Mapping, err = ParseMapping(text); err != nil {
			return s, err
		}
	}
	if s.Server, err = client.New(c.URL, client.Patience(patience), client.Log(s.Log)); err != nil {
		return s, fileErrorf("%v", err)
	}
	if codes, err := demo.OpenCodes(c.OTPLog); err == nil {
		s.Codes = codes
	}
	return s, nil
}

// patience is how long a call goes on while the server is away: it may be restarted under a replay.
const patience = time.Minute

func readFile(path string) (Sheet, error) {
	file, err := os.Open(path)
	if err != nil {
		return Sheet{}, fileErrorf("%v", err)
	}
	defer file.Close()
	sheet, err := ReadSheet(file)
	if err != nil {
		return Sheet{}, fmt.Errorf("%s: %w", path, err)
	}
	return sheet, nil
}

// show prints the report in the form that was asked for, and writes the page.
func (c *Command) show(report Report, stdout io.Writer) error {
	if c.Report != "" {
		if err := writePage(c.Report, report); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	if !c.JSON {
		return WriteText(stdout, report)
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(report)
}

func writePage(path string, report Report) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := WritePage(file, report); err != nil {
		return errors.Join(err, file.Close())
	}
	return file.Close()
}

// String is one line: 03-24 09:12 开单 101/235 派单 99 完工 88 评价 60.
func (p Progress) String() string {
	return fmt.Sprintf("%s  已开单 opened %d/%d  派单 assigned %d  完工 finished %d  评价 rated %d  未了 open %d",
		p.Now.In(Zone).Format("01-02 15:04"), p.Opened, p.Rows, p.Assigned, p.Finished, p.Rated, p.Left+p.Wait)
}
