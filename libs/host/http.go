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

// finishCap bounds how long a server waits for the calls that it has taken.
const finishCap = 15 * time.Second

// serveHTTP runs an HTTP server. When it stops it takes no more, tells those who hold a request open (hangUp) and lets the
// other requests finish.
func serveHTTP(l net.Listener, handler http.Handler, hangUp func()) Unit {
	return func(ctx context.Context, ready func()) error {
		base, cut := context.WithCancel(context.WithoutCancel(ctx))
		defer cut()
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
		limit, cancel := context.WithTimeout(base, finishCap)
		defer cancel()
		if err := server.Shutdown(limit); err != nil {
			return errors.Join(fmt.Errorf("finish requests: %w", err), server.Close())
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
			cut := time.AfterFunc(finishCap, server.Stop)
			defer cut.Stop()
			server.GracefulStop()
			return nil
		}
	}
}
