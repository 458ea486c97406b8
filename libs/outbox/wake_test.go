package outbox_test

import (
	"testing"
	"time"

	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store/storetest"
)

// TestCommitWakesTheRelayOfAnotherReplica has a relay that looks by itself once an hour.
func TestCommitWakesTheRelayOfAnotherReplica(t *testing.T) {
	config := storetest.Postgres(t)
	relay, writer := storetest.Open(t, config), storetest.Open(t, config)
	migrate(t, relay)
	b := newBroker()
	start(t, open(t, relay, outbox.Config{Publisher: b, Look: time.Hour}))
	const events = 20
	begun := time.Now()
	for n := range events {
		add(t, writer, event("a", n))
		// The relay hears from the moment it is connected; what it missed until then, it looks for as it connects.
		b.wait(t, subjects(n+1))
	}
	t.Logf("%v from each commit to the next, publication included", time.Since(begun)/events)
}
