package embedded

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestRedisKeysExpireByWallClock(t *testing.T) {
	server, err := StartRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(&redis.Options{Addr: server.Addr()})
	if err := c.Set(t.Context(), "position", "120.1,30.2", 300*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for c.Exists(t.Context(), "position").Val() == 1 {
		if time.Since(start) > 10*time.Second {
			t.Fatal("the key never expired")
		}
	}
	if lived := time.Since(start); lived < 150*time.Millisecond {
		t.Errorf("the key lived only %v", lived)
	}
	_ = c.Close()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	again := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1, DialTimeout: time.Second})
	defer again.Close()
	if err := again.Ping(t.Context()).Err(); err == nil {
		t.Error("a closed server still answers")
	}
}
