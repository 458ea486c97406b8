// Command residents runs the residents service alone.
package main

import (
	_ "time/tzdata" // scratch images have no zone files

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/residents"
)

func main() { host.Main(residents.Module) }
