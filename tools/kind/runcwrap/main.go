// Command runcwrap drops CAP_SYS_RESOURCE and the limits (which a machine without that right may not set) from an OCI bundle or
// process file, then execs runc.
package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// strip takes from a process what this machine cannot give it.
func strip(p map[string]any) {
	if c, ok := p["capabilities"].(map[string]any); ok {
		for k, v := range c {
			var o []any
			for _, x := range v.([]any) {
				if x != "CAP_SYS_RESOURCE" {
					o = append(o, x)
				}
			}
			c[k] = o
		}
	}
	delete(p, "rlimits")
}

// edit strips a file; one that is none of ours is left alone.
func edit(file string, proc bool) {
	b, err := os.ReadFile(file)
	if err != nil {
		return
	}
	var m map[string]any
	if json.Unmarshal(b, &m) != nil {
		return
	}
	if proc {
		strip(m)
	} else if p, ok := m["process"].(map[string]any); ok {
		strip(p)
	}
	if b, err = json.Marshal(m); err == nil {
		os.WriteFile(file, b, 0o600)
	}
}

func main() {
	a := os.Args[1:]
	for i, s := range a {
		n := ""
		if i+1 < len(a) {
			n = a[i+1]
		}
		switch {
		case s == "--bundle" || s == "-b":
			edit(filepath.Join(n, "config.json"), false)
		case s == "--process" || s == "-p":
			edit(n, true)
		case strings.HasPrefix(s, "--bundle="):
			edit(filepath.Join(s[9:], "config.json"), false)
		}
	}
	syscall.Exec("/usr/sbin/runc", append([]string{"runc"}, a...), os.Environ())
	os.Exit(127)
}
