// Package peer runs the solvers of others, which tools/peers.sh installs: OR-tools, PyVRP, VROOM and HiGHS. They speak
// lines of JSON over a pipe, and nothing of the product needs them.
package peer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// script is peers.sh of this source tree.
func script() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "peers.sh")
}

// Installed reports whether the peers are there. Without them, a run says so and does what can be done without.
func Installed(ctx context.Context) bool {
	return exec.CommandContext(ctx, script(), "installed").Run() == nil
}

// Process is one script of tools/peers that runs.
type Process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Start runs a script. What it says beside its answers goes to stderr when LINLI_PEERS_LOUD is set.
func Start(ctx context.Context, name string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.CommandContext(ctx, script(), append([]string{name}, args...)...)}
	if os.Getenv("LINLI_PEERS_LOUD") != "" {
		p.cmd.Stderr = os.Stderr
	}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReaderSize(out, 1<<20)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// Tell writes a line.
func (p *Process) Tell(line any) error {
	return json.NewEncoder(p.in).Encode(line)
}

// Hear reads a line.
func (p *Process) Hear(answer any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("no answer (LINLI_PEERS_LOUD=1 shows why): %w", err)
	}
	return json.Unmarshal(line, answer)
}

// Close ends the script.
func (p *Process) Close() error {
	return errors.Join(p.in.Close(), p.cmd.Wait())
}
