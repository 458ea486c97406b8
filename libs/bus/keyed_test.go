package bus

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestKeyedKeepsOrderWithinAKey(t *testing.T) {
	k := newKeyed()
	var mu sync.Mutex
	got := map[string][]int{}
	for i := range 2000 {
		key := fmt.Sprint(i % 7)
		k.do(key, func() {
			mu.Lock()
			defer mu.Unlock()
			got[key] = append(got[key], i)
		})
	}
	k.running.Wait()
	for key, order := range got {
		if !slices.IsSorted(order) {
			t.Errorf("key %s was worked at in the order %v", key, order)
		}
	}
	if len(k.waiting) != 0 {
		t.Errorf("%d keys are remembered for nothing", len(k.waiting))
	}
}

func TestKeyedDoesNotWaitForOtherKeys(t *testing.T) {
	k := newKeyed()
	blocked, other := make(chan struct{}), make(chan struct{})
	k.do("a", func() { <-blocked })
	k.do("b", func() { close(other) })
	<-other
	close(blocked)
	k.running.Wait()
}

func TestKeyedStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeyed()
		begun, finish := make(chan struct{}), make(chan struct{})
		k.do("a", func() {
			close(begun)
			<-finish
		})
		k.do("a", func() { t.Error("what had not begun was begun after the stop") })
		<-begun
		k.stop()
		if k.do("b", func() {}) {
			t.Error("took a task after the stop")
		}
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if k.wait(soon) {
			t.Error("did not wait for what had begun")
		}
		close(finish)
		if !k.wait(t.Context()) {
			t.Error("did not see the end")
		}
	})
}
