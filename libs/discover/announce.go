package discover

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"

	consul "github.com/hashicorp/consul/api"
)

const (
	// ttl is how long Consul believes in an instance that does not speak up.
	ttl = 10 * time.Second
	// refresh leaves room for two that get lost.
	refresh = ttl / 3
	// forget is when Consul drops what stayed silent.
	forget = time.Minute
	// parting bounds the leave-taking: a stop does not wait for Consul.
	parting = 2 * time.Second
)

// Service is what this process serves and where: the address others reach it at.
type Service struct {
	Name    string
	Address string // host:port
	// Kind is a tag for people and tools: grpc or http.
	Kind string
}

// Announcement keeps services registered in Consul until it is withdrawn.
type Announcement struct {
	directory     *Directory
	registrations []*consul.AgentServiceRegistration
	stop          context.CancelFunc
	done          sync.WaitGroup
}

// Announce registers services of this process, and goes on to: a Consul that is away, or forgot us, is told again. It does
// not wait. instance names the process on its machine; a process that starts again under its old name takes its place.
func (d *Directory) Announce(instance string, services ...Service) (*Announcement, error) {
	a := &Announcement{directory: d, stop: func() {}}
	if d.consul == nil {
		return a, nil
	}
	for _, s := range services {
		r, err := d.registration(instance, s)
		if err != nil {
			return nil, err
		}
		a.registrations = append(a.registrations, r)
	}
	ctx, stop := context.WithCancel(d.ctx)
	a.stop = stop
	for _, r := range a.registrations {
		a.done.Go(func() { d.keep(ctx, r) })
	}
	return a, nil
}

func (d *Directory) registration(instance string, s Service) (*consul.AgentServiceRegistration, error) {
	host, text, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, fmt.Errorf("announce %s: %w", s.Name, err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("announce %s: %w", s.Name, err)
	}
	return &consul.AgentServiceRegistration{
		ID: s.Name + "-" + instance, Name: s.Name, Tags: []string{d.cfg.Company, s.Kind}, Address: host, Port: port,
		Check: &consul.AgentServiceCheck{
			TTL: ttl.String(), Status: consul.HealthPassing, DeregisterCriticalServiceAfter: forget.String(),
		},
	}, nil
}

// keep registers, and speaks up in time ever after.
func (d *Directory) keep(ctx context.Context, r *consul.AgentServiceRegistration) {
	for failures := 0; ; {
		err := d.refresh(ctx, r)
		pause := refresh - rand.N(refresh/4)
		switch {
		case err == nil && failures > 0:
			d.log.Info("consul knows us again", "as", r.ID)
			failures = 0
		case err != nil:
			if failures++; failures == 1 && ctx.Err() == nil {
				d.log.Warn("consul cannot be told of us", "as", r.ID, "error", err)
			}
			pause = backOff(failures)
		}
		if !nap(ctx, pause) {
			return
		}
	}
}

// refresh says that we live; to a Consul that knows nothing of us, also who we are.
func (d *Directory) refresh(ctx context.Context, r *consul.AgentServiceRegistration) error {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	agent, options := d.consul.Agent(), (&consul.QueryOptions{}).WithContext(ctx)
	if agent.UpdateTTLOpts("service:"+r.ID, "", consul.HealthPassing, options) == nil {
		return nil
	}
	return agent.ServiceRegisterOpts(r, consul.ServiceRegisterOpts{}.WithContext(ctx))
}

// Withdraw takes the services out of Consul, so that nobody calls them any more. It is safe to call twice, and bounded.
func (a *Announcement) Withdraw(ctx context.Context) (err error) {
	a.stop()
	a.done.Wait() // else a refresh under way might register anew
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parting)
	defer cancel()
	for _, r := range a.registrations {
		options := (&consul.QueryOptions{}).WithContext(ctx)
		if failed := a.directory.consul.Agent().ServiceDeregisterOpts(r.ID, options); failed != nil {
			err = errors.Join(err, fmt.Errorf("withdraw %s: %w", r.ID, failed))
		}
	}
	a.registrations = nil
	return err
}
