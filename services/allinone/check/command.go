// Package check is `linli check`: one repair ticket through a running platform, as people would send it, until a technician
// has it. It is what `helm test` runs after an installation.
package check

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/identity"
)

// Command is `linli check`. Mount it in a kong grammar.
type Command struct {
	URL     string        `default:"http://127.0.0.1:8080" env:"LINLI_URL" help:"Address of the gateway."`
	Data    string        `default:"data" env:"LINLI_DATA" help:"Folder of the services, with the admin's secret." type:"path"`
	Secrets string        `default:"" env:"LINLI_SECRETS" help:"Folder with the file admin-password; empty: that of the data folder." type:"path"`
	Within  time.Duration `default:"45s" help:"Time for all of it."`
}

// Run says on the standard output what it saw.
func (c Command) Run() error {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // a command is a root
	defer release()
	return c.run(ctx, os.Stdout)
}

func (c Command) run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	secret, err := host.Config{Data: c.Data, Secrets: c.Secrets}.Secret(identity.AdminSecret)
	if err != nil {
		return err
	}
	server, err := client.New(c.URL, client.Patience(c.Within))
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	t := trial{server: server, password: identity.AdminPassword(secret)}
	seen, err := t.run(ctx)
	if err != nil {
		return fmt.Errorf("check %s: %w", c.URL, err)
	}
	_, err = fmt.Fprintf(out, "ticket %s of %s is with %s after %v\n", seen.number, placeID, seen.technician, seen.took.Round(time.Millisecond))
	return err
}
