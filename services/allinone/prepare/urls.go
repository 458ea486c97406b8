package prepare

import (
	"context"
	"path/filepath"

	"github.com/linlihub/linli/libs/host"
)

// URLs is `linli prepare urls`. The servers need not be there: whoever installs often cannot reach them, but pods can.
type URLs struct {
	Admin    string `required:"" env:"LINLI_ADMIN_DATABASE" help:"PostgreSQL URL of a role that may make databases and roles, as the services reach it."`
	Company  string `default:"demo" env:"LINLI_COMPANY" help:"Company; roles are named <company>_<service>."`
	Database string `placeholder:"NAME" help:"Database of the company; by default named like it."`
	Out      string `required:"" type:"path" help:"Folder for one file per service, named like it, and the file admin: their URLs. A password that is there is kept."`

	preparation `kong:"-"`
}

// Run writes.
func (u *URLs) Run() error { return u.run(u.prepare) }

func (u *URLs) prepare(_ context.Context, needs host.Needs) error {
	s := Schemas{Admin: u.Admin, Company: u.Company, Database: u.Database, Out: u.Out}
	admin, owners, err := s.owners(needs)
	if err != nil {
		return err
	}
	if err := s.write(admin, owners); err != nil {
		return err
	}
	return keep(filepath.Join(u.Out, "admin"), u.Admin)
}
