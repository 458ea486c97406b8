package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"
)

// listen binds an address now, so that a taken port is told before anything starts.
func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// serveHTTP runs an HTTP server. Its requests' contexts end at shutdown, so that streams do not hold it up.
func serveHTTP(l net.Listener, handler http.Handler) Unit {
	return func(ctx context.Context, ready func()) error {
		base, hangUp := context.WithCancel(context.WithoutCancel(ctx))
		defer hangUp()
		server := &http.Server{
			Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 60 * time.Second, MaxHeaderBytes: 32 << 10,
			BaseContext: func(net.Listener) context.Context { return base },
		}
		server.RegisterOnShutdown(hangUp)
		failed := make(chan error, 1)
		go func() { failed <- server.Serve(l) }()
		ready()
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
		}
		limit, cancel := context.WithTimeout(base, 15*time.Second)
		defer cancel()
		if err := server.Shutdown(limit); err != nil && !errors.Is(err, context.Canceled) {
			return errors.Join(err, server.Close())
		}
		return nil
	}
}

// serveGRPC runs a gRPC server for services of other processes.
func serveGRPC(l net.Listener, server *grpc.Server) Unit {
	return func(ctx context.Context, ready func()) error {
		failed := make(chan error, 1)
		go func() { failed <- server.Serve(l) }()
		ready()
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			server.GracefulStop()
			return nil
		}
	}
}
