package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// All services in one process keep some tens of MiB alive and make garbage fast; collecting it as often as Go does unasked
// took a tenth of two busy cores. So the heap may grow threefold between two collections, as long as that is no more than
// spareGarbage: what ten thousand open streams hold must not be held three times.
const (
	moreGarbage  = 200
	leastGarbage = 75
	spareGarbage = 120 << 20
)

// collectLater is for whoever has not set GOGC.
func collectLater() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(moreGarbage)
		tune(moreGarbage)
	}
}

// tune sets how far the heap may grow by what is alive now, and does so again after the next collection.
func tune(last int) {
	alive := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(alive)
	var bytes uint64
	for _, s := range alive {
		bytes += s.Value.Uint64()
	}
	next := growth(bytes)
	if next != last {
		debug.SetGCPercent(next)
	}
	runtime.AddCleanup(&struct{ self *byte }{}, tune, next) // the collection that finds it unused calls again
}

// growth is the per cent by which a heap may grow over what the collector has to look at.
func growth(alive uint64) int {
	return int(min(moreGarbage, max(leastGarbage, spareGarbage*100/max(alive, 1))))
}
