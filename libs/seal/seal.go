// Package seal keeps personal data unreadable at rest (PIPL 个人信息保护法 51): values are encrypted, and found again by a
// keyed hash, so that neither a copied database nor a guessed number tells anything without the company's keys.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// KeySize is the length of a master key in bytes.
const KeySize = 32

// ErrOpen says that a sealed value was made with another key, or was changed.
var ErrOpen = errors.New("seal: value cannot be opened with this key")

// Box seals and opens values with AES-256-GCM (NIST SP 800-38D) and hashes them with HMAC-SHA-256 (RFC 2104), under keys
// derived from one master key (HKDF, RFC 5869). Safe for concurrent use.
type Box struct {
	aead   cipher.AEAD
	lookup []byte
}

// New derives a Box from a master key of KeySize bytes.
func New(master []byte) (*Box, error) {
	if len(master) != KeySize {
		return nil, fmt.Errorf("seal: the master key has %d bytes, not %d", len(master), KeySize)
	}
	key, err := hkdf.Key(sha256.New, master, nil, "linli seal v1", KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	lookup, err := hkdf.Key(sha256.New, master, nil, "linli lookup v1", KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return &Box{aead: aead, lookup: lookup}, nil
}

// Seal encrypts a value; the same value seals differently each time. An empty value stays empty.
func (b *Box) Seal(value string) []byte {
	if value == "" {
		return nil
	}
	return b.aead.Seal(nil, nil, []byte(value), nil) //nolint:gosec // the cipher makes a random nonce itself
}

// Open decrypts what Seal made.
func (b *Box) Open(sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	value, err := b.aead.Open(nil, nil, sealed, nil)
	if err != nil {
		return "", ErrOpen
	}
	return string(value), nil
}

// Lookup is a keyed hash by which a value is found again: the same for the same value and master key.
func (b *Box) Lookup(value string) string {
	mac := hmac.New(sha256.New, b.lookup)
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil))
}

// NewKey makes a random master key.
func NewKey() []byte {
	key := make([]byte, KeySize)
	rand.Read(key)
	return key
}
