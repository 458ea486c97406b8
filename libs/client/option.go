package client

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

type (
	keyOption struct {
		grpc.EmptyCallOption
		key string
	}
	matchOption struct {
		grpc.EmptyCallOption
		etag string
	}
)

// Key names a change, so that it happens once however often it is asked for. Without it a keyed rpc gets a fresh key.
func Key(key string) grpc.CallOption { return keyOption{key: key} }

// IfMatch sends the etag that the caller saw, as a Ticket carries it.
func IfMatch(etag string) grpc.CallOption { return matchOption{etag: etag} }

// settings are the options of one call.
type settings struct {
	key, etag string
	header    *metadata.MD
}

func read(opts []grpc.CallOption) settings {
	var s settings
	for _, opt := range opts {
		switch o := opt.(type) {
		case keyOption:
			s.key = o.key
		case matchOption:
			s.etag = o.etag
		case grpc.HeaderCallOption:
			s.header = o.HeaderAddr
		}
	}
	return s
}
