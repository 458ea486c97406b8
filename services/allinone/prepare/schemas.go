package prepare

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/store"
)

// Schemas is `linli prepare schemas`.
type Schemas struct {
	Admin    string `required:"" env:"LINLI_ADMIN_DATABASE" help:"PostgreSQL URL of a role that may make databases and roles."`
	Company  string `default:"demo" env:"LINLI_COMPANY" help:"Company; roles are named <company>_<service>."`
	Dir      string `name:"database-dir" default:"" env:"LINLI_DATABASE_DIR" help:"Folder with how to get into PostgreSQL, as for serve." type:"path"`
	Database string `placeholder:"NAME" help:"Database to make or to complete; by default named like the company."`
	Out      string `required:"" xor:"urls" type:"path" help:"Folder for one file per service, named like it: its URL. A password that is there is kept."`
	Known    string `required:"" xor:"urls" type:"path" help:"Folder of such files, made before and given to the services: nothing is written, and a service without one is refused."`

	preparation `kong:"-"`
}

// Run prepares.
func (s *Schemas) Run() error { return s.run(s.prepare) }

// prepare makes a schema and a role per service, and leaves each service the URL that is its own.
func (s *Schemas) prepare(ctx context.Context, needs host.Needs) error {
	admin, owners, err := s.owners(needs)
	if err != nil {
		return err
	}
	access, err := credential.OpenAccess(s.Dir)
	if err != nil {
		return fmt.Errorf("--database-dir: %w", err)
	}
	if err := store.Provision(ctx, s.Admin, access, s.Database, owners); err != nil || s.Known != "" {
		return err
	}
	return s.write(admin, owners)
}

// owners are the roles of the services, with the passwords that they have or will have.
func (s *Schemas) owners(needs host.Needs) (admin *url.URL, owners []store.Owner, err error) {
	if admin, err = url.Parse(s.Admin); err != nil {
		return nil, nil, errors.New("--admin is not a URL") // the error would quote it
	}
	s.Database = cmp.Or(s.Database, s.Company)
	for _, schema := range needs.Schemas {
		owner := store.Owner{Schema: schema, Role: s.Company + "_" + schema}
		if owner.Password, err = s.password(schema); err != nil {
			return nil, nil, err
		}
		owners = append(owners, owner)
	}
	return admin, owners, nil
}

// write leaves each service its URL, which is that of the administrator with another role.
func (s *Schemas) write(admin *url.URL, owners []store.Owner) error {
	for _, o := range owners {
		own := *admin
		own.User, own.Path = url.UserPassword(o.Role, o.Password), "/"+s.Database
		if err := keep(filepath.Join(s.Out, o.Schema), own.String()+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// urls are those that the services were given.
func (s *Schemas) urls(needs host.Needs) (map[string]string, error) {
	all := map[string]string{}
	for _, schema := range needs.Schemas {
		text, err := os.ReadFile(filepath.Join(s.Known, schema))
		if err != nil {
			return nil, err
		}
		all[schema] = string(text)
	}
	return all, nil
}

// password is the one in the file of a service, or a new one.
func (s *Schemas) password(service string) (string, error) {
	text, err := os.ReadFile(filepath.Join(cmp.Or(s.Known, s.Out), service))
	if errors.Is(err, fs.ErrNotExist) && s.Known != "" {
		return "", fmt.Errorf("%s has no URL for %s: make the files again with --out, which keeps those that are there, and give them to the services", s.Known, service)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return rand.Text(), nil
	}
	if err != nil {
		return "", fmt.Errorf("read the URL of %s: %w", service, err)
	}
	known, err := url.Parse(strings.TrimSpace(string(text)))
	if err != nil {
		return "", fmt.Errorf("the file of %s holds no URL", service)
	}
	password, _ := known.User.Password()
	if s.Known != "" && (password == "" || known.User.Username() != s.Company+"_"+service) {
		return "", fmt.Errorf("the URL of %s must name the role %s_%s and its password", service, s.Company, service)
	}
	return password, nil
}

// keep writes a file for its owner's eyes only, if it is not written already.
func keep(path, text string) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == text {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep URL: %w", err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("keep URL: %w", err)
	}
	return nil
}
