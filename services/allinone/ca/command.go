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
	Replace  string   `default:"" enum:",prepare,change,finish" help:"Replace the authority in three steps, while the processes run: prepare lets all trust the next one, change makes new certificates by it, finish trusts the former one no more. Between two steps each process must have its folder."`
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

// Validate refuses names of services where a step is for all of them.
func (c *Command) Validate() error {
	if len(c.Services) > 0 && (c.Replace == "prepare" || c.Replace == "finish") {
		return fmt.Errorf("--replace %s is for all services: name none", c.Replace)
	}
	return nil
}

// Run writes the folders.
func (c *Command) Run() error {
	authority, err := credential.OpenAuthority(c.Dir, c.Company)
	if err != nil {
		return err
	}
	switch c.Replace {
	case "prepare":
		return c.prepare(authority)
	case "finish":
		return c.finish(authority)
	case "change":
		if err := authority.Change(); err != nil {
			return err
		}
	}
	return c.issue(authority)
}

// issue makes the certificates that were asked for.
func (c *Command) issue(authority *credential.Authority) error {
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
	return c.say("%d certificates in %s: give a process its folder, --tls-dir %s", len(names), c.Dir, filepath.Join(c.Dir, "<service>"))
}

func (c *Command) prepare(authority *credential.Authority) error {
	folders, err := c.folders()
	if err != nil {
		return err
	}
	if err := authority.Prepare(); err != nil {
		return err
	}
	for _, folder := range folders {
		if err := authority.Trust(folder); err != nil {
			return err
		}
	}
	return c.say("%d folders trust the next authority, too; when each process has its own: --replace change", len(folders))
}

func (c *Command) finish(authority *credential.Authority) error {
	folders, err := c.folders()
	if err != nil {
		return err
	}
	if err := authority.Finish(folders...); err != nil {
		return err
	}
	return c.say("%d folders trust the new authority alone", len(folders))
}

// folders are those of processes, made by this run or an earlier one.
func (c *Command) folders() (folders []string, err error) {
	entries, err := os.ReadDir(c.Dir)
	for _, entry := range entries {
		folder := filepath.Join(c.Dir, entry.Name())
		if _, err := os.Stat(filepath.Join(folder, "cert.pem")); err == nil {
			folders = append(folders, folder)
		}
	}
	return folders, err
}

func (c *Command) say(format string, args ...any) error {
	_, err := fmt.Fprintf(c.out, format+"\n", args...)
	return err
}
