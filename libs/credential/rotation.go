package credential

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// An authority is replaced in three steps, so that at every moment each process trusts whatever another may show:
//
//	Prepare  the next authority is made, and trusted everywhere beside the present one, which still issues
//	Change   the next one issues; the former one is still trusted, for not every certificate is new yet
//	Finish   nobody trusts the former one any more
//
// Between two steps every process must have got its folder. Each step may be repeated after a crash.

// ErrStep says that a step of a replacement is not the one that comes now.
var ErrStep = errors.New("this is not the step that comes now")

// Prepare makes the next authority. Write [Authority.Trust] into every folder then.
func (a *Authority) Prepare() error {
	if a.has(formerFile) {
		return fmt.Errorf("prepare authority: %w: a former one is still trusted; finish that first", ErrStep)
	}
	if !a.has(nextKeyFile) {
		if err := makeAuthority(a.certificate.Subject.Organization, a.file(nextKeyFile), a.file(nextFile)); err != nil {
			return fmt.Errorf("prepare authority: %w", err)
		}
	}
	return a.read()
}

// Change lets the next authority issue from now on. [Authority.Issue] a new certificate into every folder then.
func (a *Authority) Change() error {
	if a.has(formerFile) && !a.has(nextKeyFile) {
		return nil // it was done before
	}
	if !a.has(nextKeyFile) {
		return fmt.Errorf("change authority: %w: the next one is not prepared", ErrStep)
	}
	present, err := os.ReadFile(a.file(authorityFile))
	if err != nil {
		return fmt.Errorf("change authority: %w", err)
	}
	if err := replace(a.file(formerFile), present); err != nil {
		return fmt.Errorf("change authority: %w", err)
	}
	if err := os.Rename(a.file(nextKeyFile), a.file(authorityKeyFile)); err != nil {
		return fmt.Errorf("change authority: %w", err)
	}
	return a.read() // which mends the rest
}

// mend ends a Change whose key is in its place and whose certificate is not.
func (a *Authority) mend() error {
	next, err := readCertificate(a.file(nextFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !a.key.PublicKey.Equal(next.PublicKey) {
		return err
	}
	return os.Rename(a.file(nextFile), a.file(authorityFile))
}

// Finish trusts the former authority no more, in these folders of processes and in all that are made later. It is refused while
// one of them holds a certificate of the former.
func (a *Authority) Finish(folders ...string) error {
	if !a.has(formerFile) || a.has(nextKeyFile) {
		return fmt.Errorf("finish authority: %w: the next one does not issue yet", ErrStep)
	}
	for _, folder := range folders {
		if err := a.issued(folder); err != nil {
			return fmt.Errorf("finish authority: %s: %w", filepath.Base(folder), err)
		}
	}
	text, err := os.ReadFile(a.file(authorityFile))
	if err != nil {
		return fmt.Errorf("finish authority: %w", err)
	}
	a.trusted = text
	for _, folder := range folders {
		if err := a.Trust(folder); err != nil {
			return fmt.Errorf("finish authority: %w", err)
		}
	}
	return os.Remove(a.file(formerFile))
}

// issued says whether the certificate of a folder is of this authority.
func (a *Authority) issued(folder string) error {
	certificate, err := readCertificate(filepath.Join(folder, certificateFile))
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	_, err = certificate.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return fmt.Errorf("its certificate is not of the present authority: %w", err)
	}
	return nil
}

func (a *Authority) has(name string) bool {
	_, err := os.Stat(a.file(name))
	return err == nil
}
