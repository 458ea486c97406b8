package clock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// MaxSpeed is the fastest a clock may be told to run: a day in 17 seconds.
const MaxSpeed = 5000

// Base is what the data folder remembers of a scaled clock, so that a restart never goes back.
type Base struct {
	DomainStart time.Time `json:"domain_start"`
	WallStart   time.Time `json:"wall_start"`
	Speed       float64   `json:"speed"`
}

// Open returns the clock of a data folder. Without a file, a start (zero) and a speed (0) it is the real clock. Otherwise
// the first call writes the file and later ones continue from it:
//
//   - the domain has moved on by the time the wall has, times the speed of the file; time passes while nobody runs;
//   - another speed holds from the present instant on; 0 keeps the file's;
//   - a start that is later than the present jumps to it, an earlier one is ignored.
//
// Processes of one folder that start at the same time, with the same flags, agree. Every call writes the file anew, so that even a system clock that was set back does not lead before the last start.
func Open(file string, start time.Time, speed float64) (Clock, error) {
	if speed != 0 && !(speed >= 1 && speed <= MaxSpeed) {
		return nil, fmt.Errorf("clock speed %v: must be 1 to %d", speed, MaxSpeed)
	}
	base, err := readBase(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && start.IsZero() && speed == 0:
		return Real(), nil
	case errors.Is(err, fs.ErrNotExist):
		base, err = createBase(file, firstBase(start, time.Now(), speed))
	}
	if err != nil {
		return nil, fmt.Errorf("open clock: %w", err)
	}
	wall := time.Now() // after reading: another process may have written the file a moment ago
	base = base.resume(start, wall, speed)
	if err := writeBase(file, base); err != nil {
		return nil, fmt.Errorf("open clock: %w", err)
	}
	return Scaled(base.DomainStart, wall, base.Speed), nil
}

// Ahead is how far the clock of a data folder stands before the system's; 0 when there is none, or it is not ahead.
func Ahead(file string) (time.Duration, error) {
	base, err := readBase(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("look at the clock: %w", err)
	}
	wall := time.Now()
	return max(0, base.at(wall).Sub(instant(wall))), nil
}

func firstBase(start, wall time.Time, speed float64) Base {
	if start.IsZero() {
		start = wall
	}
	return Base{DomainStart: instant(start), WallStart: instant(wall), Speed: max(1, speed)}
}

// resume is the base of the next run.
func (b Base) resume(start, wall time.Time, speed float64) Base {
	next := Base{DomainStart: b.at(wall), WallStart: instant(wall), Speed: b.Speed}
	if start.After(next.DomainStart) {
		next.DomainStart = instant(start)
	}
	if speed != 0 {
		next.Speed = speed
	}
	return next
}

// at is the domain instant of a wall instant, never before the base itself.
func (b Base) at(wall time.Time) time.Time {
	passed := max(0, wall.Sub(b.WallStart))
	return instant(b.DomainStart.Add(stretch(passed, b.Speed)))
}

func readBase(file string) (Base, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Base{}, fmt.Errorf("read base: %w", err)
	}
	base, err := decodeBase(text)
	if err != nil {
		return Base{}, fmt.Errorf("read base %s: %w", file, err)
	}
	return base, nil
}

// decodeBase refuses what it does not fully understand: to guess could lead the domain back in time.
func decodeBase(text []byte) (Base, error) {
	var base Base
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&base); err != nil {
		return Base{}, fmt.Errorf("decode: %w", err)
	}
	if decoder.More() {
		return Base{}, errors.New("decode: more than one object")
	}
	if base.DomainStart.IsZero() || base.WallStart.IsZero() || !(base.Speed >= 1 && base.Speed <= MaxSpeed) {
		return Base{}, fmt.Errorf("decode: incomplete or absurd: %+v", base)
	}
	return base, nil
}

// createBase writes the first base, or answers that of another process of the same folder that was first: two that begin
// by themselves would never agree.
func createBase(file string, first Base) (Base, error) {
	text, err := encodeBase(first)
	if err != nil {
		return Base{}, err
	}
	if err := createFile(file, text); errors.Is(err, fs.ErrExist) {
		return readBase(file)
	} else if err != nil {
		return Base{}, err
	}
	return first, nil
}

func writeBase(file string, base Base) error {
	text, err := encodeBase(base)
	if err != nil {
		return err
	}
	return replaceFile(file, text)
}

func encodeBase(base Base) ([]byte, error) {
	text, err := json.MarshalIndent(base, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode base: %w", err)
	}
	return append(text, '\n'), nil
}
