package credential

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	// authorityLife and certificateLife are how long what we issue is good for.
	authorityLife   = 10 * 365 * 24 * time.Hour
	certificateLife = 90 * 24 * time.Hour
	// skew forgives clocks that lag behind.
	skew = 5 * time.Minute

	authorityKeyFile = "ca-key.pem"
	// While one authority replaces another there is the next, or the former one.
	nextFile    = "ca-next.pem"
	nextKeyFile = "ca-next-key.pem"
	formerFile  = "ca-former.pem"
)

// Authority issues certificates. It is for development and for a company on a few machines; in a cluster a certificate
// manager writes the same files. It is used by one process at a time.
type Authority struct {
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	trusted     []byte // in PEM: this authority, and the one that replaces it or that it replaces
}

// OpenAuthority reads the authority of a folder, ca.pem and ca-key.pem, or makes one for the company.
func OpenAuthority(dir, company string) (*Authority, error) {
	_, err := os.Stat(filepath.Join(dir, authorityKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make authority: %w", err)
		}
		if err := makeAuthority([]string{company}, filepath.Join(dir, authorityKeyFile), filepath.Join(dir, authorityFile)); err != nil {
			return nil, fmt.Errorf("make authority: %w", err)
		}
	}
	a := &Authority{dir: dir}
	if err := a.read(); err != nil {
		return nil, fmt.Errorf("open authority: %w", err)
	}
	return a, nil
}

func makeAuthority(company []string, keyPath, certificatePath string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := template(pkix.Name{Organization: company, CommonName: company[0] + " authority"}, authorityLife)
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	// The certificate first: whoever finds a key finds its certificate, too.
	if err := replace(certificatePath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})); err != nil {
		return err
	}
	return writeKey(keyPath, key)
}

// read takes up what the files say now.
func (a *Authority) read() (err error) {
	if a.key, err = readKey(a.file(authorityKeyFile)); err != nil {
		return err
	}
	if err := a.mend(); err != nil {
		return err
	}
	if a.certificate, err = readCertificate(a.file(authorityFile)); err != nil {
		return err
	}
	if !a.key.PublicKey.Equal(a.certificate.PublicKey) {
		return fmt.Errorf("%s is not the key of %s", authorityKeyFile, authorityFile)
	}
	a.trusted = nil
	for _, name := range []string{authorityFile, nextFile, formerFile} {
		text, err := os.ReadFile(a.file(name))
		if err != nil && (name == authorityFile || !errors.Is(err, fs.ErrNotExist)) {
			return err
		}
		a.trusted = append(a.trusted, text...)
	}
	return nil
}

func (a *Authority) file(name string) string { return filepath.Join(a.dir, name) }

// Issue writes a folder for a process that runs the services: a new key, a certificate, and whom to trust. What was
// there is replaced, the certificate last.
func (a *Authority) Issue(dir string, services ...string) error {
	if len(services) == 0 {
		return errors.New("issue certificate: it must name a service")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("issue certificate: %w", err)
	}
	template := template(pkix.Name{Organization: a.certificate.Subject.Organization, CommonName: services[0]}, certificateLife)
	template.DNSNames = services
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return fmt.Errorf("issue certificate: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return errors.Join(os.MkdirAll(dir, 0o700), a.Trust(dir),
		writeKey(filepath.Join(dir, keyFile), key), replace(filepath.Join(dir, certificateFile), text))
}

// Trust writes whom to trust into the folder of a process, and leaves its certificate as it is.
func (a *Authority) Trust(dir string) error {
	return replace(filepath.Join(dir, authorityFile), a.trusted)
}

// template has the serial number made by x509, at random.
func template(subject pkix.Name, life time.Duration) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{Subject: subject, NotBefore: now.Add(-skew), NotAfter: now.Add(life)}
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	der, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds a key of another kind", path)
	}
	return key, nil
}

func readCertificate(path string) (*x509.Certificate, error) {
	der, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// readPEM answers the first block of a file.
func readPEM(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is not in PEM", path)
	}
	return block.Bytes, nil
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return replace(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// replace never leaves half a file.
func replace(path string, text []byte) error {
	if present, err := os.ReadFile(path); err == nil && bytes.Equal(present, text) {
		return nil
	}
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
