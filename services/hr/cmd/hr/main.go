// Command hr runs the hr service alone.
package main

import (
	_ "time/tzdata" // scratch images have no zone files

	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/services/hr"
)

func main() { host.Main(hr.Module) }
