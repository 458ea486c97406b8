package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
)

// logs are the broker's files of committed offsets and of producers.
var logs = []string{"groups.log", "pids.log"}

// cutTorn takes away what a power cut left half written at the end of a log. The broker reads up to there but appends
// behind it, and so would not find again after the next crash what it acknowledges from now on.
func cutTorn(dir string) error {
	if dir == "" {
		return nil
	}
	for _, name := range logs {
		path := filepath.Join(dir, name)
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && whole(raw) < len(raw) {
			err = os.Truncate(path, int64(whole(raw)))
		}
		if err != nil {
			return fmt.Errorf("cut what is torn off %s: %w", name, err)
		}
	}
	return nil
}

// frame is what stands before an entry: the length and the CRC-32C of what follows, little-endian.
const frame = 8

// whole is how many bytes of a log are entries that were written to their end.
func whole(raw []byte) (n int) {
	for len(raw)-n >= frame {
		rest := raw[n+frame:]
		length := int64(binary.LittleEndian.Uint32(raw[n:]))
		if length == 0 || length > int64(len(rest)) {
			break
		}
		if crc32.Checksum(rest[:length], crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(raw[n+4:]) {
			break
		}
		n += frame + int(length)
	}
	return n
}
