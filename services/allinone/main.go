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

func greet(w io.Writer, base string, cfg host.Config) {
	fmt.Fprintf(w, "\nLinli 邻里 (%s)\n\n", cfg.Company)
	fmt.Fprintf(w, "  居民 resident     %s/resident/\n  维修 technician   %s/technician/\n  控制台 console     %s/console/\n", base, base, base)
	fmt.Fprintf(w, "  API              %s/openapi.json\n  traces           %s/ops/traces\n  metrics          %s/metrics\n", base, base, base)
	if cfg.Demo {
		fmt.Fprint(w, "\nDemo logins\n\n")
		for _, l := range demo.Logins() {
			fmt.Fprintf(w, "  %-12s %s\n", l.Role, l.How)
		}
	}
	fmt.Fprintln(w)
}
