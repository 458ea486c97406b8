package outbox_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
)

const (
	againBroker = "LINLI_TEST_AGAIN_BROKER"
	againDSN    = "LINLI_TEST_AGAIN_DSN"
	againKeys   = 64
	// killShort is how long the one who hears lives in a short run; in a long one it is killLong.
	killShort, killLong = time.Second, 2 * time.Second
)

// TestMain lets this binary also be the consumer that TestEffectsOnceOfEventsThatComeAgain kills.
func TestMain(m *testing.M) {
	if broker := os.Getenv(againBroker); broker != "" {
		if err := hearUntilKilled(broker, os.Getenv(againDSN)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// hearUntilKilled counts events, each once.
func hearUntilKilled(broker, dsn string) error {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent, should it forget us
		cancel()
	}()
	db, err := store.Open(ctx, store.Config{DSN: dsn}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer db.Close()
	router := bus.NewRouter()
	bus.Handle(router, func(ctx context.Context, m bus.Message, _ *hrv1.DutyStarted) error {
		return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			fresh, err := outbox.Once(ctx, tx, "hears", m.ID)
			if err == nil && fresh {
				_, err = tx.Exec(ctx, `UPDATE counter SET n = n + 1`)
			}
			return err
		})
	})
	cfg := bus.Config{Brokers: []string{broker}, Company: "test", Instance: "hears-1", Workers: 32, CommitEvery: 100 * time.Millisecond}
	return bus.NewConsumer(cfg, "hears", router).Run(ctx, func() {})
}

// Every event has its effect once, though one in five is sent twice, keys come in any order, and the process that hears is
// killed every second. Here 20,000 events are sent; make soak-events sends 100,000 and kills every two seconds.
func TestEffectsOnceOfEventsThatComeAgain(t *testing.T) {
	events, life := 20_000, killShort
	if text := os.Getenv("LINLI_SOAK_EVENTS"); text != "" {
		var err error
		if events, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		life = killLong
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	router := bus.NewRouter()
	bus.Handle(router, func(context.Context, bus.Message, *hrv1.DutyStarted) error { return nil })
	b := bustest.Start(t, map[string]*bus.Router{"hears": router})
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "hears.db")
	db := storetest.Open(t, store.Config{DSN: dsn})
	migrate(t, db)

	over := make(chan struct{})
	var killing sync.WaitGroup
	killing.Go(func() { killAgain(t, b.Config.Brokers[0], dsn, life, over) })
	send(t, b, events, rand.New(rand.NewPCG(seed, 0)))
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	last, moved := -1, time.Now()
	for last < events {
		<-look.C
		if n := count(t, db, `SELECT n FROM counter`); n != last {
			last, moved = n, time.Now()
		} else if time.Since(moved) > time.Minute {
			t.Errorf("%d effects of %d events, and no more come", n, events)
			break
		}
	}
	close(over)
	killing.Wait()
	if n := count(t, db, `SELECT n FROM counter`); n != events {
		t.Errorf("%d effects of %d events", n, events)
	}
}

// send publishes events of many keys in an order of chance, one in five a second time later on; and at the very end one of
// each key that is new, so that who has those has had all before them.
func send(t *testing.T, b *bustest.Bus, events int, r *rand.Rand) {
	t.Helper()
	var all []bus.Message
	for n := range events {
		key := fmt.Sprint("district-", r.IntN(againKeys))
		if left := events - n; left <= againKeys {
			key = fmt.Sprint("district-", left-1)
		}
		all = append(all, bustest.Message(t, key, &hrv1.DutyStarted{StaffId: "t1"}))
	}
	for len(all) > 0 {
		n := min(500, len(all))
		batch, again := all[:n:n], []bus.Message(nil)
		if all = all[n:]; len(all) > 0 {
			for _, m := range batch {
				if r.IntN(5) == 0 {
					again = append(again, m)
				}
			}
		}
		b.Publish(t, batch...)
		b.Publish(t, again...)
	}
}

// killAgain runs the process that hears, and kills it, until it is over.
func killAgain(t *testing.T, broker, dsn string, life time.Duration, over <-chan struct{}) {
	for kills := 0; ; kills++ {
		hears := exec.Command(os.Args[0])
		hears.Env = append(os.Environ(), againBroker+"="+broker, againDSN+"="+dsn)
		hears.Stderr = t.Output()
		in, err := hears.StdinPipe()
		if err == nil {
			err = hears.Start()
		}
		if err != nil {
			t.Error(err)
			return
		}
		timer := time.NewTimer(life)
		last := false
		select {
		case <-timer.C:
		case <-over:
			last = true
		}
		_ = hears.Process.Kill()
		_ = hears.Wait() // it says that it was killed
		_ = in.Close()
		if last {
			t.Logf("%d kills", kills)
			return
		}
	}
}
