// Command dispatch runs the dispatch service alone.
package main

import (
	_ "time/tzdata" // scratch images have no zone files

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/dispatch"
)

func main() { host.Main(dispatch.Module) }
