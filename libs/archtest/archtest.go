// Package archtest holds the rules of construction as tests over the source tree: what may import what, where a client is
// constructed, what a domain package must not touch, how SQL is written, how long a file may be, and what an operation and
// an event must declare. A rule that lives only in a document is broken within a month.
//
// Each rule is a function from one parsed file to findings, so that its own test shows it a small wrong file.
package archtest
