package bus_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/linlihub/linli/libs/bus"
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

// Who was killed and is back does not wait for who it was.
func TestAFormerSelfIsDismissed(t *testing.T) {
	in := newInbox()
	b := bustest.Start(t, nil)
	b.Config.Instance = "dispatch-1"
	former, kill := mortal(b.Config.Instance)
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: bus.Group("test", "dispatch"), Brokers: b.Config.Brokers, Topics: []string{bus.Topic("test", in.router(t).Topics()[0])},
		Dialer: former, SessionTimeout: 4 * time.Minute, RebalanceTimeout: 4 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	membership, err := group.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kill()
	var left atomic.Bool
	b.Kafka.Cluster().ControlKey(kmsg.LeaveGroup.Int16(), func(r kmsg.Request) (kmsg.Response, error, bool) {
		for _, m := range r.(*kmsg.LeaveGroupRequest).Members {
			left.Store(m.MemberID == membership.MemberID)
		}
		return nil, nil, false
	})
	b.Consume(t, "dispatch", in.router(t))
	if !left.Load() {
		t.Error("the group was not told to let the former one go")
	}
	b.Publish(t, opened(t, "k0", 0))
	in.wait(t, 1)
}

// mortal makes a dialer whose connections end, and are no longer made, when it is killed.
func mortal(name string) (dialer *kafka.Dialer, kill func()) {
	var mu sync.Mutex
	var lines []net.Conn
	dead := false
	dialer = &kafka.Dialer{ClientID: name, DialFunc: func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		if dead {
			return nil, net.ErrClosed
		}
		line, err := (&net.Dialer{}).DialContext(ctx, network, address)
		lines = append(lines, line)
		return line, err
	}}
	return dialer, func() {
		mu.Lock()
		defer mu.Unlock()
		dead = true
		for _, line := range lines {
			_ = line.Close()
		}
	}
}
