// Command identity runs the identity service alone.
package main

import (
	_ "time/tzdata" // scratch images have no zone files

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/identity"
)

func main() { host.Main(identity.Module) }
