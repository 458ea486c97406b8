package credential

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The files of an Access, besides those of a Folder.
const (
	usernameFile = "username"
	passwordFile = "password"
)

// Access is how this process gets into a server that is not one of our services: Kafka, PostgreSQL, Redis. Its folder holds
// any of
//
//	ca.pem             whom to trust: connections are secured, and the server's certificate names the host that was dialled
//	cert.pem, key.pem  our own certificate, for a server that asks for one
//	username, password how to sign in
//
// They are read for each connection, so that a password or a certificate is changed by replacing the file; but what was
// there when the folder was opened is asked for ever after: a file that is lost makes no connection less safe. A nil Access
// neither secures nor signs in. Safe for concurrent use.
type Access struct {
	dir   string
	holds map[string]bool
}

// OpenAccess reads a folder once, so that a mistake is told at the start. No folder at all gives nil.
func OpenAccess(dir string) (*Access, error) {
	if dir == "" {
		return nil, nil //nolint:nilnil // its methods know what that means
	}
	a := &Access{dir: dir, holds: map[string]bool{}}
	if err := a.open(); err != nil {
		return nil, fmt.Errorf("folder %s: %w", dir, err)
	}
	return a, nil
}

func (a *Access) open() error {
	for _, name := range []string{authorityFile, certificateFile, keyFile, usernameFile, passwordFile} {
		_, err := os.Stat(a.file(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		a.holds[name] = err == nil
	}
	switch {
	case !a.holds[authorityFile] && !a.holds[passwordFile]:
		return errors.New("there is neither ca.pem nor password in it")
	case a.holds[certificateFile] != a.holds[keyFile]:
		return errors.New("cert.pem and key.pem need each other")
	case a.holds[certificateFile] && !a.holds[authorityFile]:
		return errors.New("cert.pem needs ca.pem: a connection that is not secured shows nobody a certificate")
	case a.holds[usernameFile] && !a.holds[passwordFile]:
		return errors.New("username needs password")
	}
	_, _, err := a.Login()
	if err == nil && a.Secures() {
		_, err = a.settings("")
	}
	return err
}

func (a *Access) file(name string) string { return filepath.Join(a.dir, name) }

// Secures tells whether connections are encrypted and the server proves who it is.
func (a *Access) Secures() bool { return a != nil && a.holds[authorityFile] }

// Signs tells whether there is a password to sign in with.
func (a *Access) Signs() bool { return a != nil && a.holds[passwordFile] }

// Login answers how to sign in; both are empty when there is no password, and the username alone when there is none of it.
func (a *Access) Login() (username, password string, err error) {
	if !a.Signs() {
		return "", "", nil
	}
	if a.holds[usernameFile] {
		if username, err = a.word(usernameFile); err != nil {
			return "", "", err
		}
	}
	password, err = a.word(passwordFile)
	return username, password, err
}

// word reads a file of one line; the break at its end is an editor's.
func (a *Access) word(name string) (string, error) {
	text, err := os.ReadFile(a.file(name))
	if err != nil {
		return "", err
	}
	word := strings.TrimRight(string(text), "\r\n")
	if word == "" || strings.ContainsAny(word, "\r\n") {
		return "", fmt.Errorf("%s must be one line that is not empty", name)
	}
	return word, nil
}

// Files answers where the certificates are, for a client that reads them itself; those that are not there are empty.
func (a *Access) Files() (authority, certificate, key string) {
	if !a.Secures() {
		return "", "", ""
	}
	if a.holds[certificateFile] {
		certificate, key = a.file(certificateFile), a.file(keyFile)
	}
	return a.file(authorityFile), certificate, key
}

func (a *Access) settings(server string) (*tls.Config, error) {
	text, err := os.ReadFile(a.file(authorityFile))
	if err != nil {
		return nil, err
	}
	settings := &tls.Config{ServerName: server, RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	if !settings.RootCAs.AppendCertsFromPEM(text) {
		return nil, errors.New(authorityFile + " holds no certificate")
	}
	if !a.holds[certificateFile] {
		return settings, nil
	}
	own, err := tls.LoadX509KeyPair(a.file(certificateFile), a.file(keyFile))
	settings.Certificates = []tls.Certificate{own}
	return settings, err
}

// Dial connects to host:port and, where connections are secured, shakes hands.
func (a *Access) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext(ctx, network, address)
	if err != nil || !a.Secures() {
		return conn, err
	}
	secured, err := a.secure(ctx, conn, address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("secure the connection to %s: %w", address, err), conn.Close())
	}
	return secured, nil
}

func (a *Access) secure(ctx context.Context, conn net.Conn, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	settings, err := a.settings(host)
	if err != nil {
		return nil, err
	}
	secured := tls.Client(conn, settings)
	return secured, secured.HandshakeContext(ctx)
}
