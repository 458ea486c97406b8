// Package ca is `linli ca`: a development authority and certificates for the processes of a company.
package ca

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/host"
)

// Together is the folder of a process that runs every service.
const Together = "linli"

// Command makes the authority on its first run, and new certificates on each.
type Command struct {
	Company  string   `default:"demo" env:"LINLI_COMPANY" help:"Company that the authority speaks for."`
	Dir      string   `default:"certs" help:"Folder of the authority; each process gets a folder in it for its --tls-dir." type:"path"`
	Services []string `arg:"" optional:"" help:"Services that get a new certificate; all unless given."`

	out io.Writer
	all []string
}

// New makes the command for the modules of the platform.
func New(modules []host.Module) Command {
	c := Command{out: os.Stdout}
	for _, m := range modules {
		c.all = append(c.all, m.Name)
	}
	return c
}

// Run writes the folders.
func (c *Command) Run() error {
	authority, err := credential.OpenAuthority(c.Dir, c.Company)
	if err != nil {
		return err
	}
	names := map[string][]string{}
	for _, service := range c.Services {
		names[service] = []string{service}
	}
	if len(names) == 0 {
		for _, service := range c.all {
			names[service] = []string{service}
		}
		names[Together] = c.all
	}
	for folder, services := range names {
		if err := authority.Issue(filepath.Join(c.Dir, folder), services...); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(c.out, "%d certificates in %s: give a process its folder, --tls-dir %s\n",
		len(names), c.Dir, filepath.Join(c.Dir, "<service>"))
	return err
}
