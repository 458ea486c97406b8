// Command linli is the whole platform in one binary: `linli serve` runs every module in one process, with every server it
// needs embedded; `linli replay` drives a day of real service requests through a running server; `linli prepare` and
// `linli demo` set up a platform of many processes; `linli check`, `linli dlq` and `linli ca` are for operators.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	_ "time/tzdata" // scratch images have no zone files

	"github.com/alecthomas/kong"

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/allinone/ca"
	"github.com/linlihub/linli/services/allinone/check"
	"github.com/linlihub/linli/services/allinone/demo"
	"github.com/linlihub/linli/services/allinone/dlq"
	"github.com/linlihub/linli/services/allinone/modules"
	"github.com/linlihub/linli/services/allinone/prepare"
	"github.com/linlihub/linli/services/allinone/replay"
	"github.com/linlihub/linli/services/identity"
)

type commands struct {
	Serve  host.Command   `cmd:"" help:"Run every module in one process, all state in one folder."`
	Replay replay.Command `cmd:"" help:"Drive a file of real service requests through a running server."`

	Prepare prepare.Command `cmd:"" help:"Make what the services need on PostgreSQL and Kafka."`
	Demo    community       `cmd:"" help:"Let the demo community move in to a running server, and tell how to sign in."`
	DLQ     dlq.Command     `cmd:"" name:"dlq" help:"Look at the messages that consumers gave up, and send them again."`
	Check   check.Command   `cmd:"" help:"Send a repair ticket through a running server, and see that a technician gets it."`
	CA      ca.Command      `cmd:"" name:"ca" help:"Make a development authority and certificates for --tls-dir."`
}

func main() {
	collectLater()
	serve := host.Serve(modules.All()...)
	serve.After = welcome
	cli := commands{Serve: serve, Prepare: prepare.For(modules.All()...), CA: ca.New(modules.All())}
	options := host.Options("linli", "Linli 邻里, the operating system of a residential community.")
	run := kong.Parse(&cli, append(options, kong.Vars(dlq.Vars()))...)
	if err := run.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "linli:", err)
		os.Exit(exitCode(err))
	}
}

// exitCode is what a command says of its error; 1 if it says nothing.
func exitCode(err error) int {
	var coded kong.ExitCoder
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return 1
}

// welcome fills a demo's empty register and says what to open.
func welcome(ctx context.Context, p *host.Process) error {
	base := "http://" + p.Address()
	if p.Config.Demo {
		if err := moveIn(ctx, base, p.Config, p.Telemetry.Log); err != nil {
			return err
		}
	}
	greet(os.Stdout, base, p.Config)
	return nil
}

// community is `linli demo`.
type community struct {
	URL     string `default:"http://127.0.0.1:8080" env:"LINLI_URL" help:"Address of the gateway; its services run with --demo."`
	Company string `default:"demo" env:"LINLI_COMPANY" help:"Company served there."`
	Data    string `default:"data" env:"LINLI_DATA" help:"Folder of the services, with the admin's secret and the one-time codes." type:"path"`
	OTLP    string `name:"otlp" default:"" env:"LINLI_OTLP" help:"Where the services send their traces; empty: each keeps its own."`
}

// Run is what serve does by itself when everything is in one process.
func (c community) Run() error {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // a command is a root
	defer release()
	cfg := host.Config{Company: c.Company, Data: c.Data, OTLP: c.OTLP, Demo: true}
	if err := moveIn(ctx, c.URL, cfg, slog.New(slog.NewTextHandler(os.Stderr, nil))); err != nil {
		return err
	}
	greet(os.Stdout, c.URL, cfg)
	return nil
}

func moveIn(ctx context.Context, base string, cfg host.Config, log *slog.Logger) error {
	secret, err := cfg.Secret(identity.AdminSecret)
	if err != nil {
		return err
	}
	if err := demo.Fill(ctx, base, identity.AdminPassword(secret), cfg.Data, log); err != nil {
		return fmt.Errorf("fill the demo: %w", err)
	}
	return nil
}

// greet says what to open and who may sign in: the last lines on the screen until something happens.
func greet(w io.Writer, base string, cfg host.Config) {
	fmt.Fprintf(w, "\nLinli 邻里 is ready, company %q. All state is in %s; Ctrl-C stops.\n\n", cfg.Company, cfg.Data)
	for _, page := range [][2]string{
		{"everyone 入口", "/"},
		{"resident 住户", "/resident/"},
		{"technician 师傅", "/technician/"},
		{"console 工作台", "/console/"},
		{"API", "/openapi.json"},
		{"traces", "/ops/traces"},
		{"metrics", "/metrics"},
	} {
		if page[1] == "/ops/traces" && cfg.OTLP != "" {
			continue // they are where the traces are sent
		}
		fmt.Fprintf(w, "  %s %s%s\n", pad(page[0]), base, page[1])
	}
	if !cfg.Demo {
		fmt.Fprintln(w)
		return
	}
	fmt.Fprint(w, "\nDemo logins 演示账号\n\n")
	for _, l := range demo.Logins() {
		fmt.Fprintf(w, "  %s %s\n", pad(l.Role), l.How)
	}
	fmt.Fprintf(w, "\nA resident's one-time code 验证码 is the last line of %s; no log holds it.\n\n",
		filepath.Join(cfg.Data, "otp.log"))
}

// pad fills up to a column; on a terminal a Chinese character is as wide as two letters.
func pad(s string) string {
	width := 0
	for _, r := range s {
		if width++; r > 0x2e7f {
			width++
		}
	}
	return s + strings.Repeat(" ", max(0, 17-width))
}
