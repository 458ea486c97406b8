// Command gateway runs the gateway service alone.
package main

import (
	_ "time/tzdata" // scratch images have no zone files

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/gateway"
)

func main() { host.Main(gateway.Module) }
