package store

import (
	"context"
	"database/sql/driver"
)

// remembering opens SQLite connections that remember their prepared statements: preparing costs more than running
// most of them. pgx does the same for PostgreSQL by itself.
type remembering struct{ driver.Connector }

// Connect implements driver.Connector.
func (r remembering) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &rememberingConn{sqliteConn: conn.(sqliteConn), idle: make(map[string]driver.Stmt)}, nil
}

// sqliteConn is what database/sql uses of the driver's connection.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// rememberingConn keeps statements that are not in use. database/sql uses a connection from one goroutine at a time.
type rememberingConn struct {
	sqliteConn
	idle map[string]driver.Stmt
}

// mostIdle bounds the statements of a connection; one takes a few KiB.
const mostIdle = 96

// take returns the statement, prepared now if it is not at hand. It is the caller's until put.
func (c *rememberingConn) take(ctx context.Context, query string) (driver.Stmt, error) {
	if stmt, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return stmt, nil
	}
	return c.sqliteConn.PrepareContext(ctx, query)
}

// put gives a statement back. When there are too many, any other is forgotten: hot ones come back soon.
func (c *rememberingConn) put(query string, stmt driver.Stmt) error {
	if _, twice := c.idle[query]; twice {
		return stmt.Close()
	}
	c.idle[query] = stmt
	if len(c.idle) <= mostIdle {
		return nil
	}
	for other, old := range c.idle {
		if other != query {
			delete(c.idle, other)
			return old.Close()
		}
	}
	return nil
}

// ExecContext implements driver.ExecerContext. A statement that failed is not kept.
func (c *rememberingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	stmt, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if err != nil {
		_ = stmt.Close() // repeats the error of the statement
		return nil, err
	}
	return result, c.put(query, stmt)
}

// QueryContext implements driver.QueryerContext.
func (c *rememberingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	stmt, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		_ = stmt.Close() // repeats the error of the statement
		return nil, err
	}
	return &rememberingRows{Rows: rows, done: func() error { return c.put(query, stmt) }, drop: stmt.Close}, nil
}

// Close implements driver.Conn.
func (c *rememberingConn) Close() error {
	for _, stmt := range c.idle {
		_ = stmt.Close() // closing the connection reports what is wrong with it
	}
	c.idle = nil
	return c.sqliteConn.Close()
}

// rememberingRows give their statement back when they are closed.
type rememberingRows struct {
	driver.Rows
	done, drop func() error
}

// Close implements driver.Rows.
func (r *rememberingRows) Close() error {
	if err := r.Rows.Close(); err != nil {
		_ = r.drop()
		return err
	}
	return r.done()
}
