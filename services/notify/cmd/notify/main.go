// Command notify runs the notify service alone.
package main

import (
	_ "time/tzdata" // scratch images have no zone files

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/notify"
)

func main() { host.Main(notify.Module) }
