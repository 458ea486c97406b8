// Package peers measures the platform against programs of others that do the same, both in one run: River and watermill-sql,
// plain grpc-go, haproxy and nginx. It is a module of its own, so that the product does not depend on them.
//
// Nothing is asserted of the figures, for they are the machine's. The servers are those of tools/parts.sh.
package peers
