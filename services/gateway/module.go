// Package gateway is the edge: HTTP/JSON for every declared operation, server-sent events, limits, and the web apps.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/live"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/web"
)

// Config of the gateway.
type Config struct {
	Rate           int `name:"gateway.rate" default:"50" env:"LINLI_GATEWAY_RATE" help:"Requests a signed-in caller may send per second."`
	Burst          int `name:"gateway.burst" default:"200" env:"LINLI_GATEWAY_BURST" help:"Requests a signed-in caller may send at once."`
	AnonymousRate  int `name:"gateway.anonymous-rate" default:"100" env:"LINLI_GATEWAY_ANONYMOUS_RATE" help:"Requests per second from one address without a valid token."`
	AnonymousBurst int `name:"gateway.anonymous-burst" default:"1000" env:"LINLI_GATEWAY_ANONYMOUS_BURST" help:"Requests at once from one address without a valid token."`

	Heartbeat time.Duration `name:"gateway.heartbeat" default:"15s" env:"LINLI_GATEWAY_HEARTBEAT" help:"Time between two signs of life on a quiet stream; below the idle time-out of every proxy in between."`
}

func (c Config) validate() error {
	if min(c.Rate, c.Burst, c.AnonymousRate, c.AnonymousBurst) < 1 {
		return errors.New("--gateway.rate, --gateway.burst and their anonymous kin must be at least 1")
	}
	if c.Heartbeat <= 0 {
		return fmt.Errorf("--gateway.heartbeat %v must be positive", c.Heartbeat)
	}
	return nil
}

// Module is the gateway.
var Module = host.Define("gateway", Build)

// Build wires the edge.
func Build(env *host.Env, cfg Config) error {
	if err := cfg.validate(); err != nil {
		return err
	}
	api := newAPI()
	if err := register(env, api); err != nil {
		return err
	}
	dist, err := fs.Sub(web.Dist, "dist")
	if err != nil {
		return fmt.Errorf("open web apps: %w", err)
	}
	hub := newHub()
	streams := &streams{
		hub: hub, feeds: notifyv1.NewFeedsClient(env.Dial("notify")), tickets: ticketsv1.NewTicketsClient(env.Dial("tickets")),
		verifier: env.Verifier(), tracer: env.Tracer(), stopping: env.Stopping(), beat: cfg.Heartbeat, log: env.Log,
	}
	photos := ticketsv1.NewPhotosClient(env.Dial("tickets"))
	limiter := newLimiter(redis_rate.NewLimiter(env.Redis()), env.Company, env.Verifier(), cfg)
	edge := []layer{traced(env.Tracer()), recovered(env.Log), secured, crowded(env.Limit()), limiter.layer, allowed}

	routes := http.NewServeMux()
	routes.Handle("/v1/", wrap(api, legible, bounded))
	routes.Handle("GET /v1/tickets/{id}/events", streams.serve(streams.ofTicket, true))
	routes.Handle("GET /v1/me/events", streams.serve(streams.ofMe, false))
	routes.Handle("GET /v1/districts/{id}/events", streams.serve(streams.ofDistrict, false))
	routes.Handle("POST /v1/photos", uploadPhoto(photos))
	routes.Handle("GET /v1/photos/{id}", downloadPhoto(photos))
	routes.Handle("GET /v1/clock", tellClock(env.Clock))
	routes.Handle("GET /.well-known/jwks.json", tellKeys(identityv1.NewKeysClient(env.Dial("identity"))))
	routes.HandleFunc("GET /openapi.json", tellOpenAPI)
	env.Mount("/v1/", wrap(routes, edge...))
	env.Mount("/.well-known/", wrap(routes, edge...))
	env.Mount("/openapi.json", wrap(routes, edge...))
	env.Mount("/", secured(allowed(pages(dist)))) // the probes, too, take no other method

	env.Run("streams", streams.drained)
	channel := live.Open(env.Redis(), env.Company, env.Log)
	env.Run("signals", func(ctx context.Context, ready func()) error { return channel.Listen(ctx, ready, hub.take, hub.missed) })
	return nil
}

// register puts every declared route on the mux.
func register(env *host.Env, api *runtime.ServeMux) error {
	ctx := env.Context()
	tickets, dispatch := env.Dial("tickets"), env.Dial("dispatch")
	residents, hr := env.Dial("residents"), env.Dial("hr")
	return errors.Join(
		identityv1.RegisterSessionsHandlerClient(ctx, api, identityv1.NewSessionsClient(env.Dial("identity"))),
		residentsv1.RegisterRegistryHandlerClient(ctx, api, residentsv1.NewRegistryClient(residents)),
		hrv1.RegisterStaffHandlerClient(ctx, api, hrv1.NewStaffClient(hr)),
		hrv1.RegisterDutyHandlerClient(ctx, api, hrv1.NewDutyClient(hr)),
		ticketsv1.RegisterTicketsHandlerClient(ctx, api, ticketsv1.NewTicketsClient(tickets)),
		dispatchv1.RegisterVisitsHandlerClient(ctx, api, dispatchv1.NewVisitsClient(dispatch)),
		dispatchv1.RegisterBoardsHandlerClient(ctx, api, dispatchv1.NewBoardsClient(dispatch)),
		dispatchv1.RegisterPositionsHandlerClient(ctx, api, dispatchv1.NewPositionsClient(dispatch)),
		notifyv1.RegisterFeedsHandlerClient(ctx, api, notifyv1.NewFeedsClient(env.Dial("notify"))),
	)
}
