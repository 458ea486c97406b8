// Command tickets runs the tickets service alone.
package main

import (
	_ "time/tzdata" // scratch images have no zone files

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/tickets"
)

func main() { host.Main(tickets.Module) }
