// Command linli is the whole platform in one binary: `linli serve` runs every module in one process, with every server it
// needs embedded; `linli replay` drives a day of real service requests through a running server; `linli dlq` and `linli ca`
// are for operators.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	_ "time/tzdata" // scratch images have no zone files

	"github.com/alecthomas/kong"

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/allinone/ca"
	"github.com/linlihub/linli/services/allinone/demo"
	"github.com/linlihub/linli/services/allinone/dlq"
	"github.com/linlihub/linli/services/allinone/modules"
	"github.com/linlihub/linli/services/allinone/replay"
	"github.com/linlihub/linli/services/identity"
)

type commands struct {
	Serve  host.Command   `cmd:"" help:"Run every module in one process, all state in one folder."`
	Replay replay.Command `cmd:"" help:"Drive a file of real service requests through a running server."`
	DLQ    dlq.Command    `cmd:"" name:"dlq" help:"Look at the messages that consumers gave up, and send them again."`
	CA     ca.Command     `cmd:"" name:"ca" help:"Make a development authority and certificates for --tls-dir."`
}

func main() {
	serve := host.Serve(modules.All()...)
	serve.After = welcome
	cli := commands{Serve: serve, CA: ca.New(modules.All())}
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
