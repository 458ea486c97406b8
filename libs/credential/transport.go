package credential

import (
	"context"
	"crypto/tls"
	"net"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"github.com/linlihub/linli/libs/fault"
)

// ErrStranger says that a caller did not show a certificate of the company.
var ErrStranger = fault.Define(fault.Unauthenticated, "credential.stranger", "调用方未出示本公司证书", "the caller shows no certificate of this company")

// transport makes each handshake with what the folder holds at that moment.
type transport struct {
	credentials.TransportCredentials // what Info and the rest need

	folder  *Folder
	service string
}

// Server secures a listener: who calls must show a certificate of the company.
func (f *Folder) Server() credentials.TransportCredentials {
	return &transport{credentials.NewTLS(f.server()), f, ""}
}

// Client secures the connections to a service: who answers must show a certificate of the company that names it.
func (f *Folder) Client(service string) credentials.TransportCredentials {
	return &transport{credentials.NewTLS(f.client(service)), f, service}
}

// ServerHandshake answers a caller.
func (t *transport) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return credentials.NewTLS(t.folder.server()).ServerHandshake(raw)
}

// ClientHandshake introduces us to the service, at whatever address it was found.
func (t *transport) ClientHandshake(ctx context.Context, _ string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return credentials.NewTLS(t.folder.client(t.service)).ClientHandshake(ctx, t.service, raw)
}

// Clone copies the credentials, for gRPC.
func (t *transport) Clone() credentials.TransportCredentials {
	return &transport{t.TransportCredentials.Clone(), t.folder, t.service}
}

// server takes no resumed sessions: a caller proves anew each time that it is still trusted.
func (f *Folder) server() *tls.Config {
	m := f.current()
	return &tls.Config{
		MinVersion: tls.VersionTLS13, SessionTicketsDisabled: true,
		Certificates: []tls.Certificate{m.certificate}, ClientCAs: m.trusted, ClientAuth: tls.RequireAndVerifyClientCert,
	}
}

func (f *Folder) client(service string) *tls.Config {
	m := f.current()
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: service, Certificates: []tls.Certificate{m.certificate}, RootCAs: m.trusted,
	}
}

// Names answers the services that the caller of an rpc runs, as its certificate says; ErrStranger when it shows none.
func Names(ctx context.Context) ([]string, error) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil, ErrStranger
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.VerifiedChains) == 0 {
		return nil, ErrStranger
	}
	return info.State.VerifiedChains[0][0].DNSNames, nil
}
