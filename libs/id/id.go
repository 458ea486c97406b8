// Package id makes and recognises the ids of everything the platform names itself.
package id

import "github.com/google/uuid"

// New makes a UUID version 7: unique everywhere, and sorted by the time of its making (to the millisecond; within one
// process strictly), which keeps the indexes of both databases compact. It tells real time, not the clock of a demo.
func New() string { return uuid.Must(uuid.NewV7()).String() }

// Valid reports whether s is a UUID in the one form we write: 36 characters, lower case. Any version will do, for
// imported and seeded things have ids of other makings.
func Valid(s string) bool {
	if len(s) != 36 {
		return false
	}
	parsed, err := uuid.Parse(s)
	return err == nil && parsed.Variant() == uuid.RFC4122 && parsed.String() == s
}
