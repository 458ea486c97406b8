// Package host runs modules: it reads their configuration, starts the servers they need, builds them, runs their units
// and stops everything in order. One process may hold one module or all of them; a module cannot tell.
package host

// Module is one service: its name, its flags, and how it is built.
type Module struct {
	// Name is the service's name, also its consumer group and the source of its events.
	Name string

	callers  []string
	pressing func(request any) bool
	instance func() (config any, build func(*Env) error)
}

// Everyone, given to CalledBy, lets any service of the company call.
const Everyone = "*"

// Option is a property of a module.
type Option func(*Module)

// CalledBy names the services that may call this one from other processes; nobody may unless named. It is enforced where
// calls are secured (--tls-dir), and a test holds it against who really dials.
func CalledBy(services ...string) Option {
	return func(m *Module) { m.callers = services }
}

// Pressing says which requests of urgent rpcs are, where that depends on what they ask for; all are unless said.
func Pressing(is func(request any) bool) Option {
	return func(m *Module) { m.pressing = is }
}

// Define declares a module. C is a struct of flags with kong tags, named "<module>.<key>" so that several modules can
// share a command line; every flag has a default. build wires the module to its Env and starts nothing.
func Define[C any](name string, build func(*Env, C) error, options ...Option) Module {
	m := Module{Name: name, instance: func() (any, func(*Env) error) {
		config := new(C)
		return config, func(env *Env) error { return build(env, *config) }
	}}
	for _, option := range options {
		option(&m)
	}
	return m
}

// built is one module of one process: its configuration, filled by the command line or by defaults.
type built struct {
	name     string
	callers  []string
	pressing func(request any) bool
	config   any
	build    func(*Env) error
}

func instances(modules []Module) []built {
	all := make([]built, len(modules))
	for i, m := range modules {
		all[i].name, all[i].callers, all[i].pressing = m.Name, m.callers, m.pressing
		all[i].config, all[i].build = m.instance()
	}
	return all
}
