// Package credential is how the services of a company know each other on the wire: mutual TLS with certificates of the
// company's own authority, in which a process is named by the services that it runs.
//
// A folder holds ca.pem (whom to trust; it may list several authorities while one replaces another), cert.pem and key.pem.
// It is looked at again at every handshake, so that a certificate is renewed by replacing the files; what cannot be read,
// such as a new certificate whose key is not there yet, is passed over until it can.
package credential

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// The files of a folder.
const (
	authorityFile   = "ca.pem"
	certificateFile = "cert.pem"
	keyFile         = "key.pem"
)

// Folder is the credentials of this process. Safe for concurrent use.
type Folder struct {
	dir string
	log *slog.Logger

	mu    sync.Mutex
	stamp string
	held  *material
}

// material is what the files said when they were last read with success.
type material struct {
	certificate tls.Certificate
	trusted     *x509.CertPool
}

// Open reads a folder; it must be complete.
func Open(dir string, log *slog.Logger) (*Folder, error) {
	f := &Folder{dir: dir, log: log}
	stamp, err := f.look()
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	held, err := f.read()
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	f.stamp, f.held = stamp, held
	return f, nil
}

// current answers the newest material that is whole.
func (f *Folder) current() *material {
	f.mu.Lock()
	defer f.mu.Unlock()
	stamp, err := f.look()
	if err != nil || stamp == f.stamp {
		return f.held
	}
	held, err := f.read()
	if err != nil {
		f.log.Warn("new credentials cannot be used yet; the former stay", "dir", f.dir, "error", err)
		return f.held
	}
	f.log.Info("credentials renewed", "dir", f.dir)
	f.stamp, f.held = stamp, held
	return held
}

// look tells one state of the files from another, without reading them.
func (f *Folder) look() (stamp string, err error) {
	for _, name := range []string{authorityFile, certificateFile, keyFile} {
		info, err := os.Stat(filepath.Join(f.dir, name))
		if err != nil {
			return "", err
		}
		stamp += fmt.Sprintf("%d %d;", info.ModTime().UnixNano(), info.Size())
	}
	return stamp, nil
}

func (f *Folder) read() (*material, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(f.dir, certificateFile), filepath.Join(f.dir, keyFile))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(f.dir, authorityFile))
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(text) {
		return nil, errors.New(authorityFile + " holds no certificate")
	}
	return &material{pair, trusted}, nil
}
