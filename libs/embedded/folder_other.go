//go:build !unix

package embedded

// holdFolder does nothing where a folder cannot be held.
func holdFolder(string) (release func(), err error) { return func() {}, nil }
