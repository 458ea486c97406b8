package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/embedded"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
)

const (
	soakWriters  = 32   // who write at a time, and so share commits
	soakEach     = 8    // events in one transaction
	soakInFlight = 1024 // written and not applied yet, at most
	soakKeep     = 2000 // rows of each kind that are kept: many times this number passes
	soakSamples  = 50
)

// soak is the whole path in one process: a service that tells, the embedded broker, and a service that reacts.
type soak struct {
	events       int
	tells, hears *store.DB
	folders      map[string]string
	turn         chan struct{} // one for every event under way
	applied      atomic.Int64
	grown        chan struct{}
}

// TestAMillionEvents passes events from outbox rows through the embedded broker into the inbox and an effect, with so little
// kept that all of it is forgotten many times over. Every event has its effect once, and from the second fifth on memory,
// folders and tables do not grow. Here 20,000 events do; make soak-embedded passes 1,000,000.
func TestAMillionEvents(t *testing.T) {
	s := startSoak(t)
	began := time.Now()
	var writers sync.WaitGroup
	left := atomic.Int64{}
	left.Store(int64(s.events))
	for w := range soakWriters {
		writers.Go(func() { s.write(t, fmt.Sprint("district-", w), &left) })
	}
	samples := make([]sample, soakSamples)
	for i := range samples {
		s.wait(t, int64(s.events*(i+1)/soakSamples))
		if samples[i] = s.sample(t); i%5 == 4 {
			t.Logf("%7d events, %5.1f s: %v", s.applied.Load(), time.Since(began).Seconds(), samples[i])
		}
	}
	writers.Wait()
	if n := count(t, s.hears, `SELECT n FROM counter`); n != s.events {
		t.Errorf("%d effects of %d events", n, s.events)
	}
	if !t.Failed() {
		flat(t, samples)
	}
}

func startSoak(t *testing.T) *soak {
	s := &soak{events: 20_000, folders: map[string]string{}, turn: make(chan struct{}, soakInFlight), grown: make(chan struct{}, 1)}
	if text := os.Getenv("LINLI_SOAK_EVENTS"); text != "" {
		var err error
		if s.events, err = strconv.Atoi(text); err != nil || s.events < 1000 {
			t.Fatalf("LINLI_SOAK_EVENTS=%s: a number from 1000 on is needed", text)
		}
	}
	s.folders["kafka"] = t.TempDir()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	kafka, err := embedded.StartKafka(t.Context(), embedded.KafkaConfig{
		Dir: s.folders["kafka"], MaxBytes: 256 << 10, SegmentBytes: 64 << 10, SweepEvery: 100 * time.Millisecond,
	}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kafka.Close() })
	cfg := bus.Config{Brokers: []string{kafka.Addr()}, Company: "soak", Log: log, CommitEvery: 100 * time.Millisecond, Workers: 32}
	router := bus.NewRouter()
	bus.Handle(router, s.apply)
	if err := bus.EnsureTopics(t.Context(), cfg, map[string][]string{"hears": router.Topics()}); err != nil {
		t.Fatal(err)
	}
	s.tells, s.hears = s.service(t, "tells", cfg), s.service(t, "hears", cfg)
	s.consume(t, bus.NewConsumer(cfg, "hears", router))
	return s
}

// service is a database with a relay that also cleans up.
func (s *soak) service(t *testing.T, name string, cfg bus.Config) *store.DB {
	t.Helper()
	s.folders[name] = t.TempDir()
	db := storetest.Open(t, store.Config{DSN: "sqlite:" + filepath.Join(s.folders[name], name+".db")})
	migrate(t, db)
	writer, err := bus.NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = writer.Close() })
	start(t, open(t, db, outbox.Config{Publisher: writer, KeepRows: soakKeep, CleanEvery: 100 * time.Millisecond}))
	return db
}

func (s *soak) consume(t *testing.T, consumer *bus.Consumer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- consumer.Run(ctx, func() { close(ready) }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-ready
}

// write adds its share of what is left, a few events with each change.
func (s *soak) write(t *testing.T, district string, left *atomic.Int64) {
	for {
		some := min(soakEach, left.Add(-soakEach)+soakEach)
		if some <= 0 {
			return
		}
		events := make([]outbox.Event, some)
		for i := range events {
			events[i] = outbox.Event{Key: district, Subject: district, Time: then, Message: &hrv1.DutyStarted{StaffId: district}}
			select {
			case s.turn <- struct{}{}:
			case <-t.Context().Done():
				return
			}
		}
		err := s.tells.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for _, e := range events {
				if err := outbox.Add(ctx, tx, e); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, `UPDATE counter SET n = n + ?`, len(events))
			return err
		})
		if err != nil {
			t.Error(err)
			return
		}
	}
}

// apply is the reaction of the service that hears.
func (s *soak) apply(ctx context.Context, m bus.Message, _ *hrv1.DutyStarted) error {
	return s.hears.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		fresh, err := outbox.Once(ctx, tx, "hears", m.ID)
		if err != nil || !fresh {
			return err
		}
		tx.OnCommit(func() {
			s.applied.Add(1)
			<-s.turn
			select {
			case s.grown <- struct{}{}:
			default:
			}
		})
		_, err = tx.Exec(ctx, `UPDATE counter SET n = n + 1`)
		return err
	})
}

func (s *soak) wait(t *testing.T, applied int64) {
	t.Helper()
	patience := time.NewTimer(5 * time.Minute)
	defer patience.Stop()
	for s.applied.Load() < applied {
		select {
		case <-s.grown:
		case <-patience.C:
			t.Fatalf("%d events applied, want %d", s.applied.Load(), applied)
		}
	}
}

// sample is what must not grow, in KiB and in rows.
type sample struct{ resident, heap, kafka, tells, hears, outbox, inbox int }

func (p sample) String() string {
	return fmt.Sprintf("resident %d MiB, heap %d MiB; kafka %d KiB, databases %d and %d KiB; %d outbox rows, %d inbox rows",
		p.resident>>10, p.heap>>10, p.kafka, p.tells, p.hears, p.outbox, p.inbox)
}

func (s *soak) sample(t *testing.T) sample {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return sample{
		resident: resident(), heap: int(m.HeapAlloc >> 10),
		kafka: kib(t, s.folders["kafka"]), tells: kib(t, s.folders["tells"]), hears: kib(t, s.folders["hears"]),
		outbox: count(t, s.tells, `SELECT count(*) FROM outbox_event`), inbox: count(t, s.hears, `SELECT count(*) FROM outbox_inbox`),
	}
}

// flat compares the highest of the last fifth with the highest of the second: what is bounded may swing, but does not climb.
func flat(t *testing.T, samples []sample) {
	t.Helper()
	fifth := len(samples) / 5
	highest := func(of []sample, what func(sample) int) (most int) {
		for _, p := range of {
			most = max(most, what(p))
		}
		return most
	}
	for name, check := range map[string]struct {
		swing int // what may be under way, whatever the size
		what  func(sample) int
	}{
		"heap, KiB":           {8 << 10, func(p sample) int { return p.heap }},
		"kafka's folder, KiB": {2 << 10, func(p sample) int { return p.kafka }},
		"database tells, KiB": {2 << 10, func(p sample) int { return p.tells }},
		"database hears, KiB": {2 << 10, func(p sample) int { return p.hears }},
		"rows of the outbox":  {2 * soakKeep, func(p sample) int { return p.outbox }},
		"rows of the inbox":   {2 * soakKeep, func(p sample) int { return p.inbox }},
	} {
		early, end := highest(samples[fifth:2*fifth], check.what), highest(samples[4*fifth:], check.what)
		if limit := early*13/10 + check.swing; end > limit {
			t.Errorf("%s: %d at the end, %d early on", name, end, early)
		}
	}
}

// kib is the size of a folder. A file that goes while we look is gone.
func kib(t *testing.T, dir string) int {
	t.Helper()
	size := int64(0)
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return ignoreGone(err)
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return ignoreGone(err)
	})
	if err != nil {
		t.Fatal(err)
	}
	return int(size >> 10)
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// resident is the memory of this process in KiB, 0 where the system does not tell.
func resident() int {
	text, err := os.ReadFile("/proc/self/statm")
	var size, pages int
	if err == nil {
		_, err = fmt.Sscan(string(text), &size, &pages)
	}
	if err != nil {
		return 0
	}
	return pages * os.Getpagesize() >> 10
}
