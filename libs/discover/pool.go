package discover

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/kit/sd"
	sdconsul "github.com/go-kit/kit/sd/consul"
	"github.com/go-kit/kit/sd/lb"
	"google.golang.org/grpc"
)

// pool is the instances of one service as Consul last told them, and the balancer that deals calls round among them.
type pool struct {
	service  string
	log      *slog.Logger
	metrics  *metrics
	connect  func(address string) (*grpc.ClientConn, error)
	balancer lb.Balancer
	source   sd.Instancer
	events   chan sd.Event
	known    chan struct{} // closed when Consul was asked for the first time

	registered chan struct{} // closed when the source knows of events

	mu        sync.Mutex
	instances map[string]*instance
}

// watch makes a pool that follows Consul from now on. It does not wait for the first answer: calls do.
func (d *Directory) watch(service string) *pool {
	p := &pool{
		service: service, log: d.log, metrics: d.metrics, events: make(chan sd.Event), known: make(chan struct{}),
		registered: make(chan struct{}), instances: map[string]*instance{},
		connect: func(address string) (*grpc.ClientConn, error) { return d.connect(service, "passthrough:///"+address) },
	}
	p.balancer = lb.NewRoundRobin(p)
	d.tasks.Go(func() {
		w := &watcher{ctx: d.ctx, consul: d.consul, log: d.log}
		p.source = sdconsul.NewInstancer(w, kitLog{d.log}, service, []string{d.cfg.Company}, true)
		go func() {
			defer close(p.registered)
			p.source.Register(p.events) // it hands over the first answer at once
		}()
		p.follow(d.ctx)
	})
	return p
}

// follow takes over what Consul says until ctx ends.
func (p *pool) follow(ctx context.Context) {
	defer p.source.Stop()
	first := sync.OnceFunc(func() { close(p.known) })
	defer first()
	for {
		select {
		case event := <-p.events:
			p.update(event)
			first()
		case <-ctx.Done():
			p.leave()
			return
		}
	}
}

// leave lets go whoever is about to hand over an event.
func (p *pool) leave() {
	left := make(chan struct{})
	go func() {
		defer close(left)
		<-p.registered
		p.source.Deregister(p.events)
	}()
	for {
		select {
		case <-p.events:
		case <-left:
			return
		}
	}
}

// update replaces the instances, and keeps the connections to those that stay. No news and an empty set change nothing.
func (p *pool) update(event sd.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if event.Err != nil || len(event.Instances) == 0 {
		return
	}
	gone := maps.Clone(p.instances)
	for _, address := range event.Instances {
		delete(gone, address)
		if p.instances[address] != nil {
			continue
		}
		conn, err := p.connect(address)
		if err != nil {
			p.log.Error("instance is passed over", "of", p.service, "address", address, "error", err)
			continue
		}
		conn.Connect()
		p.instances[address] = &instance{
			conn: conn, log: p.log.With("of", p.service, "address", address), ejections: p.metrics.ejected.WithLabelValues(p.service),
		}
	}
	for address, i := range gone {
		delete(p.instances, address)
		i.close()
	}
	p.metrics.instances.WithLabelValues(p.service).Set(float64(len(p.instances)))
	p.log.Debug("instances", "of", p.service, "addresses", slices.Sorted(maps.Keys(p.instances)))
}

// Endpoints answers the instances that calls are dealt to: those that are connected, else those that may soon be, else
// all. So a pool is never empty because everybody fails.
func (p *pool) Endpoints() ([]endpoint.Endpoint, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	var best []endpoint.Endpoint
	rank := -1
	for _, address := range slices.Sorted(maps.Keys(p.instances)) {
		i := p.instances[address]
		switch r := i.rank(now); {
		case r > rank:
			best, rank = []endpoint.Endpoint{i.call}, r
		case r == rank:
			best = append(best, i.call)
		}
	}
	return best, nil
}

// hopeless says whether every instance fails, or there is none.
func (p *pool) hopeless() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for _, i := range p.instances {
		if i.rank(now) > failing {
			return false
		}
	}
	return true
}

// invoke calls the next instance, and the one after it when the call could not be sent. With an alternative it does not
// insist on instances that all fail.
func (p *pool) invoke(ctx context.Context, c *call, alternative bool) (sent bool, err error) {
	select {
	case <-p.known:
	case <-ctx.Done():
		return false, fmt.Errorf("look for %s: %w", p.service, ctx.Err())
	}
	err = ErrUnknown.With("service", p.service)
	for range p.size() {
		if alternative && p.hopeless() {
			return false, err
		}
		next, none := p.balancer.Endpoint()
		if none != nil {
			return false, err
		}
		var answer any
		if answer, err = next(ctx, c); answer == wasSent || err == nil || ctx.Err() != nil {
			return true, err
		}
	}
	return false, err
}

func (p *pool) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.instances)
}

func (p *pool) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.instances {
		_ = i.conn.Close() // says only that it is closed already
	}
}
