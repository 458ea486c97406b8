package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/linlihub/linli/libs/credential"
)

// postgres reads the DSN and how to get in, as it is now.
func (c Config) postgres() (*pgx.ConnConfig, error) {
	settings, err := parsePostgres(c.DSN, c.Access)
	if err != nil {
		return nil, err
	}
	if c.Schema != "" {
		settings.RuntimeParams["search_path"] = pgx.Identifier{c.Schema}.Sanitize()
	}
	return settings, nil
}

// renew lets a new connection know of a password and of certificates that were replaced.
func (c Config) renew(_ context.Context, settings *pgx.ConnConfig) error {
	if c.Access == nil {
		return nil
	}
	renewed, err := c.postgres()
	if err == nil {
		*settings = *renewed
	}
	return err
}

// parsePostgres never repeats the DSN, nor the driver's error that may quote it: it may hold a password.
func parsePostgres(dsn string, access *credential.Access) (*pgx.ConnConfig, error) {
	if access.Secures() {
		var err error
		if dsn, err = securePostgres(dsn, access); err != nil {
			return nil, err
		}
	}
	settings, err := parseDSN(dsn)
	if err != nil {
		return nil, errors.New("the DSN is not a valid postgres:// address, or names a file that cannot be used")
	}
	username, password, err := access.Login()
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	if username != "" {
		settings.User = username
	}
	if password != "" {
		settings.Password = password
	}
	return settings, nil
}

// securePostgres lets the driver check the server's certificate and name, for each host that the DSN may list.
func securePostgres(dsn string, access *credential.Access) (string, error) {
	address, err := url.Parse(strings.TrimSpace(dsn)) // as it stands in a file
	if err != nil {
		return "", errors.New("the DSN is not a valid postgres:// address")
	}
	query := address.Query()
	if mode := query.Get("sslmode"); mode != "" && mode != "verify-full" {
		return "", fmt.Errorf("the DSN says sslmode=%s, and a ca.pem is given: leave sslmode out", mode)
	}
	query.Set("sslmode", "verify-full")
	authority, certificate, key := access.Files()
	query.Set("sslrootcert", authority)
	if certificate != "" {
		query.Set("sslcert", certificate)
		query.Set("sslkey", key)
	}
	address.RawQuery = query.Encode()
	return address.String(), nil
}
