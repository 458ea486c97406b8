// Command linli is the whole platform in one binary: `linli serve` runs every module in one process, with every server it
// needs embedded; `linli replay` drives a day of real service requests through a running server.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	_ "time/tzdata" // scratch images have no zone files

	"github.com/alecthomas/kong"

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/allinone/demo"
	"github.com/linlihub/linli/services/allinone/modules"
	"github.com/linlihub/linli/services/allinone/replay"
	"github.com/linlihub/linli/services/identity"
)

type commands struct {
	Serve  host.Command   `cmd:"" help:"Run every module in one process, all state in one folder."`
	Replay replay.Command `cmd:"" help:"Drive a file of real service requests through a running server."`
}

func main() {
	serve := host.Serve(modules.All()...)
	serve.After = welcome
	cli := commands{Serve: serve}
	run := kong.Parse(&cli, host.Options("linli", "Linli 邻里, the operating system of a residential community.")...)
	if err := run.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "linli:", err)
		os.Exit(1)
	}
}

// welcome fills a demo's empty register and says what to open.
func welcome(ctx context.Context, p *host.Process) error {
	base := "http://" + p.Address()
	if p.Config.Demo {
		secret, err := p.Secret(identity.AdminSecret)
		if err != nil {
			return err
		}
		if err := demo.Fill(ctx, base, identity.AdminPassword(secret), p.Config.Data, p.Telemetry.Log); err != nil {
			return fmt.Errorf("fill the demo: %w", err)
		}
	}
	greet(os.Stdout, base, p.Config)
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
	fmt.Fprintf(w, "\nA resident's one-time code 验证码 appears below as a line `one-time code … code=……`, and as the last line of %s.\n\n",
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
