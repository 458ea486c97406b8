package seal

import (
	"fmt"

	"github.com/alexedwards/argon2id"
)

// passwords are hashed with argon2id at the cost that OWASP's password storage cheat sheet gives as its first choice: 19 MiB, 2 passes.
var passwords = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// HashPassword answers an argon2id hash (RFC 9106) in PHC form.
func HashPassword(password string) (string, error) {
	hash, err := argon2id.CreateHash(password, passwords)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// CheckPassword says whether a password is the one that was hashed. A malformed hash matches nothing.
func CheckPassword(password, hash string) bool {
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	return err == nil && match
}
