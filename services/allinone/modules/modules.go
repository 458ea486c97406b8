// Package modules lists every module of the platform, for whoever runs them all in one process.
package modules

import (
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/dispatch"
	"github.com/linlihub/linli/services/gateway"
	"github.com/linlihub/linli/services/hr"
	"github.com/linlihub/linli/services/identity"
	"github.com/linlihub/linli/services/notify"
	"github.com/linlihub/linli/services/residents"
	"github.com/linlihub/linli/services/tickets"
)

// All answers every module, those that others lean on first.
func All() []host.Module {
	return []host.Module{
		identity.Module, residents.Module, hr.Module, tickets.Module, dispatch.Module, notify.Module, gateway.Module,
	}
}
