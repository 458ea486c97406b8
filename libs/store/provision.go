package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/linlihub/linli/libs/credential"
)

// Owner is the one who may use a schema.
type Owner struct {
	Schema   string
	Role     string
	Password string
}

// Provision makes a database on the PostgreSQL of an administrator's DSN, and in it a schema and a role for each owner; access
// is how to get in, besides what the DSN says. A role may log in, do as it likes in its own schema, and nothing anywhere else. What exists is kept, and its password set.
func Provision(ctx context.Context, admin string, access *credential.Access, database string, owners []Owner) error {
	settings, err := parsePostgres(admin, access)
	if err != nil {
		return fmt.Errorf("provision: %w", err)
	}
	err = provisioning(ctx, settings, func(conn *pgx.Conn) error { return createDatabase(ctx, conn, database) })
	if err != nil {
		return fmt.Errorf("provision %s: %w", database, err)
	}
	settings.Database = database
	err = provisioning(ctx, settings, func(conn *pgx.Conn) error {
		for _, o := range owners {
			if err := o.provision(ctx, conn, database); err != nil {
				return fmt.Errorf("schema %s: %w", o.Schema, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("provision %s: %w", database, err)
	}
	return nil
}

// Where answers where the PostgreSQL of a DSN listens, for a net.Dialer.
func Where(dsn string) (network, address string, err error) {
	settings, err := parseDSN(dsn)
	if err != nil {
		return "", "", errors.New("the DSN is not a valid postgres:// address") // the error may quote it
	}
	network, address = pgconn.NetworkAddress(settings.Host, settings.Port)
	return network, address, nil
}

// parseDSN takes a DSN as it stands in a file, or in a secret that was made of one: with the end of its line.
func parseDSN(dsn string) (*pgx.ConnConfig, error) { return pgx.ParseConfig(strings.TrimSpace(dsn)) }

func provisioning(ctx context.Context, settings *pgx.ConnConfig, do func(*pgx.Conn) error) error {
	conn, err := pgx.ConnectConfig(ctx, settings)
	if err != nil {
		return err
	}
	return errors.Join(do(conn), conn.Close(context.WithoutCancel(ctx)))
}

// createDatabase also closes it, and its public schema, to everybody who was given nothing.
func createDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	there, err := exists(ctx, conn, `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)`, name)
	if err != nil {
		return err
	}
	if !there {
		if _, err := conn.Exec(ctx, `CREATE DATABASE `+quoted(name)); err != nil {
			return err
		}
	}
	_, err = conn.Exec(ctx, `REVOKE ALL ON DATABASE `+quoted(name)+` FROM PUBLIC`)
	return err
}

// provision runs as one transaction: an owner never has a schema without a way in.
func (o Owner) provision(ctx context.Context, conn *pgx.Conn, database string) error {
	there, err := exists(ctx, conn, `SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)`, o.Role)
	if err != nil {
		return err
	}
	role, schema, make := quoted(o.Role), quoted(o.Schema), "CREATE"
	if there {
		make = "ALTER"
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, statement := range []string{
			make + ` ROLE ` + role + ` LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD ` + literal(o.Password),
			`REVOKE ALL ON SCHEMA public FROM PUBLIC`,
			`GRANT CONNECT ON DATABASE ` + quoted(database) + ` TO ` + role,
			`CREATE SCHEMA IF NOT EXISTS ` + schema,
			`ALTER SCHEMA ` + schema + ` OWNER TO ` + role,
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

func exists(ctx context.Context, conn *pgx.Conn, query, name string) (there bool, err error) {
	err = conn.QueryRow(ctx, query, name).Scan(&there)
	return there, err
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// literal quotes a text where a statement takes no arguments; backslashes mean themselves, as the SQL standard says.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
