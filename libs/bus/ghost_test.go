package bus_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/linlihub/linli/libs/bus/bustest"
)

// Who lost touch with the broker, and could not even say so, says it as soon as the broker hears: nobody waits for the
// membership that was.
func TestALostMembershipIsGivenUp(t *testing.T) {
	in := newInbox()
	b := bustest.Start(t, nil)
	cluster := b.Kafka.Cluster()
	var mu sync.Mutex
	var lost string // the member whose heartbeat was cut off
	var goodbyes []string
	refused := 0
	cluster.ControlKey(kmsg.Heartbeat.Int16(), func(r kmsg.Request) (kmsg.Response, error, bool) {
		mu.Lock()
		defer mu.Unlock()
		lost = r.(*kmsg.HeartbeatRequest).MemberID
		return nil, errors.New("cut off"), true
	})
	cluster.ControlKey(kmsg.FindCoordinator.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		mu.Lock()
		defer mu.Unlock()
		if lost == "" || refused == 2 { // to join again, and to say that it does not
			return nil, nil, false
		}
		refused++
		return nil, errors.New("cut off"), true
	})
	cluster.ControlKey(kmsg.LeaveGroup.Int16(), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		mu.Lock()
		defer mu.Unlock()
		goodbye := r.(*kmsg.LeaveGroupRequest)
		goodbyes = append(goodbyes, goodbye.MemberID)
		for _, m := range goodbye.Members {
			goodbyes[len(goodbyes)-1] = m.MemberID
		}
		return nil, nil, false
	})
	b.Consume(t, "dispatch", in.router(t))
	eventually(t, "the broker hears of it", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(goodbyes) > 0
	})
	mu.Lock()
	if goodbyes[0] != lost {
		t.Errorf("%s was cut off, and goodbyes came from %v", lost, goodbyes)
	}
	mu.Unlock()
	b.Publish(t, opened(t, "k0", 0))
	in.wait(t, 1)
}
