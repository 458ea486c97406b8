package host

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/linlihub/linli/libs/seal"
)

// readFlags reads flags as a command line does.
func readFlags(t *testing.T, args ...string) (Config, error) {
	t.Helper()
	serve := Serve()
	parser, err := kong.New(&serve, Options("test", "")...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(args)
	return serve.Config, err
}

func TestNoFlagsAtAllAreAConfiguration(t *testing.T) {
	cfg, err := readFlags(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	if cfg.Company != "demo" || cfg.HTTP != "127.0.0.1:8080" || len(cfg.Brokers) > 0 || cfg.Demo || cfg.ClockSpeed != 1 {
		t.Errorf("got %+v", cfg)
	}
}

// TestTheFlagsOfTheFirstReleaseStillStart: a flag is never renamed, nor is its variable. Only ever add to this list.
func TestTheFlagsOfTheFirstReleaseStillStart(t *testing.T) {
	flags := map[string]string{
		"company": "greentown", "data": "/srv/linli", "http": ":80", "grpc": ":9000", "brokers": "k1:9092,k2:9092", "redis": "r:6379",
		"database": "postgres://db/linli", "peers": "tickets=t:9000;dispatch=dns:///dispatch:9000", "secrets": "/run/secrets",
		"otlp": "tempo:4317", "log-level": "debug", "log-format": "json", "drain-delay": "5s", "demo": "true",
		"clock-start": "2025-03-24T00:00:00+08:00", "clock-speed": "720",
	}
	var args []string
	for name, value := range flags {
		args = append(args, "--"+name+"="+value)
	}
	byFlag, err := readFlags(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range flags {
		t.Setenv("LINLI_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_")), value)
	}
	byEnv, err := readFlags(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []Config{byFlag, byEnv} {
		if err := cfg.Validate(); err != nil {
			t.Error(err)
		}
		if cfg.Company != "greentown" || cfg.Data != "/srv/linli" || len(cfg.Brokers) != 2 || cfg.Peers["dispatch"] != "dns:///dispatch:9000" ||
			cfg.DrainDelay != 5*time.Second || !cfg.Demo || cfg.ClockSpeed != 720 || cfg.GRPC != ":9000" || cfg.LogFormat != "json" {
			t.Errorf("got %+v", cfg)
		}
	}
}

// TestWhatCannotWorkIsRefusedInASentence that names the flag.
func TestWhatCannotWorkIsRefusedInASentence(t *testing.T) {
	good := Config{Company: "demo", ClockSpeed: 1}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Config)
		flag   string
	}{
		"no company":          {func(c *Config) { c.Company = "" }, "--company"},
		"company in capitals": {func(c *Config) { c.Company = "Demo" }, "--company"},
		"company with a dot":  {func(c *Config) { c.Company = "a.b" }, "--company"},
		"company too long":    {func(c *Config) { c.Company = strings.Repeat("a", 32) }, "--company"},
		"company is a digit":  {func(c *Config) { c.Company = "7days" }, "--company"},
		"clock stands":        {func(c *Config) { c.Demo, c.ClockSpeed = true, 0 }, "--clock-speed"},
		"clock goes back":     {func(c *Config) { c.Demo, c.ClockSpeed = true, -1 }, "--clock-speed"},
		"clock too fast":      {func(c *Config) { c.Demo, c.ClockSpeed = true, 5001 }, "--clock-speed"},
		"clock is no number":  {func(c *Config) { c.Demo, c.ClockSpeed = true, math.NaN() }, "--clock-speed"},
		"fast without demo":   {func(c *Config) { c.ClockSpeed = 2 }, "--demo"},
		"start without demo":  {func(c *Config) { c.ClockStart = "2025-03-24T00:00:00+08:00" }, "--demo"},
		"since without start": {func(c *Config) { c.Demo, c.ClockSince = true, "2026-03-24T00:00:00+08:00" }, "--clock-start"},
		"since is a date":     {func(c *Config) { c.Demo, c.ClockStart, c.ClockSince = true, "2025-03-24T00:00:00+08:00", "today" }, "--clock-since"},
		"since without demo":  {func(c *Config) { c.ClockSince = "2025-03-24T00:00:00+08:00" }, "--demo"},
		"start is a date":     {func(c *Config) { c.Demo, c.ClockStart = true, "2025-03-24" }, "--clock-start"},
		"negative drain":      {func(c *Config) { c.DrainDelay = -time.Second }, "--drain-delay"},
	} {
		cfg := good
		c.change(&cfg)
		err := cfg.Validate()
		if err == nil || !strings.Contains(err.Error(), c.flag) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASecretIsMadeOnce(t *testing.T) {
	cfg := Config{Data: t.TempDir()}
	var makers sync.WaitGroup
	keys := make([][]byte, 20)
	for i := range keys {
		makers.Go(func() {
			key, err := cfg.Secret("personal-data")
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	makers.Wait()
	for _, key := range keys {
		if len(key) != seal.KeySize || !bytes.Equal(key, keys[0]) {
			t.Fatalf("two who came at once have %x and %x", key, keys[0])
		}
	}
	path := filepath.Join(cfg.Data, "secrets", "personal-data")
	for file, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("drafts are left: %v, %v", files, err)
	}
	other, err := cfg.Secret("another")
	if err != nil || bytes.Equal(other, keys[0]) {
		t.Errorf("two secrets are alike: %v", err)
	}
}

func TestSecretsOfAnAdministrator(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("exact", strings.Repeat("k", seal.KeySize))
	write("typed", "a pass phrase\n")
	write("typed-again", "  a pass phrase")
	write("empty", "")
	write("blank", " \n")
	cfg := Config{Data: t.TempDir(), Secrets: dir}
	if key, err := cfg.Secret("exact"); err != nil || string(key) != strings.Repeat("k", seal.KeySize) {
		t.Errorf("%q, %v", key, err)
	}
	typed, err := cfg.Secret("typed")
	again, err2 := cfg.Secret("typed-again")
	if err != nil || err2 != nil || len(typed) != seal.KeySize || !bytes.Equal(typed, again) {
		t.Errorf("%x, %x, %v, %v", typed, again, err, err2)
	}
	for _, name := range []string{"empty", "blank", "missing"} { // the key of nothing is a key that everybody knows
		if key, err := cfg.Secret(name); err == nil || key != nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s gives %x, %v", name, key, err)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 5 {
		t.Errorf("the administrator's folder was written to: %v, %v", files, err)
	}
}

// TestTheClockNeverGoesBack over restarts with the same, an earlier and no start, and a folder of the future is kept from
// real time.
func TestTheClockNeverGoesBack(t *testing.T) {
	cfg := Config{Company: "demo", Data: t.TempDir(), Demo: true, ClockStart: "2125-03-24T00:00:00+08:00", ClockSpeed: 5000}
	first := time.Date(2125, 3, 23, 16, 0, 0, 0, time.UTC)
	last := first
	for _, start := range []string{cfg.ClockStart, cfg.ClockStart, "2025-03-24T00:00:00+08:00", ""} {
		cfg.ClockStart = start
		c, err := cfg.openClock()
		if err != nil {
			t.Fatal(err)
		}
		now := c.Now()
		if now.Before(last) {
			t.Errorf("restarted with %q it went back from %v to %v", start, last, now)
		}
		last = now
	}
	cfg.Demo, cfg.ClockSpeed = false, 1
	if _, err := cfg.openClock(); err == nil || !strings.Contains(err.Error(), "--demo") {
		t.Errorf("real time in a folder of the future: %v", err)
	}
	cfg.Data = t.TempDir()
	if c, err := cfg.openClock(); err != nil || c.Speed() != 1 {
		t.Errorf("real time in a new folder: %v", err)
	}
}

// TestClocksWithoutAFolderAgree although they were started one after the other.
func TestClocksWithoutAFolderAgree(t *testing.T) {
	since := time.Now().Add(-time.Hour).Truncate(time.Second)
	cfg := Config{Company: "demo", Demo: true, ClockStart: "2025-03-24T00:00:00+08:00", ClockSince: since.Format(time.RFC3339), ClockSpeed: 2}
	for range 2 {
		cfg.Data = t.TempDir()
		c, err := cfg.openClock()
		if err != nil {
			t.Fatal(err)
		}
		start, _ := time.Parse(time.RFC3339, cfg.ClockStart)
		earliest := start.Add(2 * time.Since(since))
		if now, latest := c.Now(), start.Add(2*time.Since(since)); now.Before(earliest.Add(-time.Millisecond)) || now.After(latest.Add(time.Millisecond)) {
			t.Errorf("the clock shows %v, want %v to %v", now, earliest, latest)
		}
	}
}
