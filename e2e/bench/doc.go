// Package bench measures the platform as a person gets it: the binary in a process of its own, spoken to over HTTP. Every
// figure is printed beside what it is made of, measured in the same run; nothing here asserts a time. docs/benchmarks.md
// keeps what was measured last.
//
// LINLI_BENCH_SECONDS is how long a steady load lasts (60), LINLI_BENCH_STREAMS how many idle streams are opened (10,000).
package bench
