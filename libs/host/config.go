package host

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/seal"
)

// Config is what every process can be told, by flag or by environment. The zero-flag default is the embedded one: every
// server in process, all state in one folder.
type Config struct {
	Company string `default:"demo" env:"LINLI_COMPANY" help:"Company served by this process; prefixes topics and names spans. Lower-case letters, digits and dashes."`
	Data    string `default:"data" env:"LINLI_DATA" help:"Folder of everything that must survive: databases, embedded broker, keys, clock." type:"path"`
	HTTP    string `name:"http" default:"127.0.0.1:8080" env:"LINLI_HTTP" help:"Address of the HTTP edge and of /healthz, /readyz and /metrics."`
	GRPC    string `name:"grpc" default:"" env:"LINLI_GRPC" help:"Address where services of other processes reach this one; empty: nowhere."`

	Brokers  []string          `default:"" env:"LINLI_BROKERS" help:"Kafka brokers; empty: an embedded broker in the data folder."`
	Redis    string            `default:"" env:"LINLI_REDIS" help:"Redis address; empty: an embedded one."`
	Database string            `default:"" env:"LINLI_DATABASE" help:"PostgreSQL URL, one schema per service; empty: SQLite files in the data folder."`
	Peers    map[string]string `default:"" env:"LINLI_PEERS" help:"Where services of other processes are: tickets=host:port;dispatch=dns:///dispatch:9000."`

	BrokersDir   string `default:"" env:"LINLI_BROKERS_DIR" help:"Folder with how to get into Kafka: ca.pem (secured, its name checked), cert.pem and key.pem (ours, if it asks), username and password; read for each connection. Empty: neither secured nor signed in." type:"path"`
	BrokersLogin string `default:"scram-sha-512" enum:"scram-sha-512,scram-sha-256,plain" env:"LINLI_BROKERS_LOGIN" help:"How to sign in to Kafka: ${enum}; plain needs a ca.pem."`
	RedisDir     string `default:"" env:"LINLI_REDIS_DIR" help:"The same folder for Redis; a password alone is the default user's." type:"path"`
	DatabaseDir  string `default:"" env:"LINLI_DATABASE_DIR" help:"The same folder for PostgreSQL: it adds to --database, sslmode=verify-full where it holds a ca.pem." type:"path"`

	Consul  string `default:"" env:"LINLI_CONSUL" help:"Consul's HTTP address, host:port: this process registers there and finds others there; empty: it is not used."`
	Secrets string `default:"" env:"LINLI_SECRETS" help:"Folder with one file per key; empty: made on the first start in the data folder." type:"path"`

	Instance  string `default:"" env:"LINLI_INSTANCE" help:"Name of this process among its replicas, the same after a restart; empty: made of the machine's name and the port."`
	Advertise string `default:"" env:"LINLI_ADVERTISE" help:"Host at which others reach this process; empty: the host of --grpc, or this machine's first address."`
	TLSDir    string `name:"tls-dir" default:"" env:"LINLI_TLS_DIR" help:"Folder with ca.pem, cert.pem and key.pem, read again when they change; empty: calls between processes are not secured." type:"path"`

	OTLP       string        `name:"otlp" default:"" env:"LINLI_OTLP" help:"OTLP gRPC endpoint for traces; empty: the last traces are kept in memory at /ops/traces."`
	LogLevel   string        `default:"info" enum:"debug,info,warn,error" env:"LINLI_LOG_LEVEL" help:"Least level that is logged: ${enum}."`
	LogFormat  string        `default:"text" enum:"text,json" env:"LINLI_LOG_FORMAT" help:"Format of the log: ${enum}."`
	InFlight   int           `default:"512" env:"LINLI_IN_FLIGHT" help:"Calls that a service has under way at once, at most. It takes fewer when they are not answered promptly; emergencies may go beyond."`
	DrainDelay time.Duration `default:"0s" env:"LINLI_DRAIN_DELAY" help:"Time between not ready and closing, for load balancers to notice."`

	Demo       bool    `default:"false" env:"LINLI_DEMO" help:"Demo settings: a clock that may be set, a file with one-time codes, a community on the first start."`
	ClockStart string  `default:"" env:"LINLI_CLOCK_START" help:"Demo only: where the clock starts, RFC 3339. A restart goes on, never back."`
	ClockSince string  `default:"" env:"LINLI_CLOCK_SINCE" help:"Demo only: the real time at which the clock stood at --clock-start, RFC 3339, for processes that share no folder; empty: the data folder remembers it."`
	ClockSpeed float64 `default:"1" env:"LINLI_CLOCK_SPEED" help:"Demo only: how many seconds of the domain pass in one, 1 to 5000."`
}

var companyForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// Validate refuses what cannot work, in a sentence.
func (c Config) Validate() error {
	switch {
	case !companyForm.MatchString(c.Company):
		return fmt.Errorf("--company %q must be lower-case letters, digits and dashes, starting with a letter", c.Company)
	case !(c.ClockSpeed >= 1 && c.ClockSpeed <= clock.MaxSpeed): // so that NaN is refused, too
		return fmt.Errorf("--clock-speed %v must lie between 1 and %d", c.ClockSpeed, clock.MaxSpeed)
	case c.InFlight < 0:
		return fmt.Errorf("--in-flight %d must not be negative", c.InFlight)
	case c.DrainDelay < 0:
		return fmt.Errorf("--drain-delay %v must not be negative", c.DrainDelay)
	case !c.Demo && (c.ClockStart != "" || c.ClockSince != "" || c.ClockSpeed != 1):
		return errors.New("--clock-start, --clock-since and --clock-speed need --demo: a real company lives in real time")
	case c.ClockSince != "" && c.ClockStart == "":
		return errors.New("--clock-since needs --clock-start: what the clock showed then")
	}
	_, _, err := c.clockStart()
	return err
}

// clockStart is where the clock starts and since when, each zero if it is not told.
func (c Config) clockStart() (start, since time.Time, err error) {
	if start, err = instant("--clock-start", c.ClockStart); err == nil {
		since, err = instant("--clock-since", c.ClockSince)
	}
	return start, since, err
}

func instant(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s %q must look like 2025-03-24T00:00:00+08:00", flag, text)
	}
	return at, nil
}

// openClock gives the one clock of the process: real time, or in a demo the clock that was told or that the data folder
// remembers.
func (c Config) openClock() (clock.Clock, error) {
	file := filepath.Join(c.Data, "clock.json")
	start, since, err := c.clockStart()
	switch {
	case err != nil:
		return nil, err
	case !c.Demo:
		return clock.Real(), c.refuseFuture(file)
	case !since.IsZero():
		return clock.Since(start, since, c.ClockSpeed), nil
	}
	return clock.Open(file, start, c.ClockSpeed)
}

// refuseFuture keeps real time out of a folder whose demo clock has run ahead of it: its domain would go back.
func (c Config) refuseFuture(file string) error {
	ahead, err := clock.Ahead(file)
	if err == nil && ahead > 0 {
		err = fmt.Errorf("--data %s holds a demo whose clock is %v ahead: start it with --demo, or choose another folder", c.Data, ahead.Round(time.Second))
	}
	return err
}

// Secret reads a key of seal.KeySize bytes from the secrets folder. The embedded default makes it on the first start.
func (c Config) Secret(name string) ([]byte, error) {
	dir := c.Secrets
	if dir == "" {
		dir = filepath.Join(c.Data, "secrets")
	}
	path := filepath.Join(dir, name)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && c.Secrets == "" {
		return makeSecret(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", name, err)
	}
	if len(content) == seal.KeySize {
		return content, nil
	}
	// A secret of another length, typed by an administrator, is stretched to a key.
	typed := strings.TrimSpace(string(content))
	if typed == "" {
		return nil, fmt.Errorf("secret %s is empty", name) // everybody could guess its key
	}
	sum := sha256.Sum256([]byte(typed))
	return sum[:], nil
}

// makeSecret writes a new key. The file appears whole or not at all, for a crash in between must not leave half a key; and
// the first of two who make it at once wins, for what was sealed with one key is not opened with another.
func makeSecret(path string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make secrets folder: %w", err)
	}
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // with mode 0600
	if err != nil {
		return nil, fmt.Errorf("make secret: %w", err)
	}
	defer os.Remove(draft.Name()) // one that stays does no harm
	_, err = draft.Write(seal.NewKey())
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return nil, fmt.Errorf("make secret: %w", err)
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make secret: %w", err)
	}
	return os.ReadFile(path)
}
