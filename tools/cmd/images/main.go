// Command images makes an OCI archive and a bill of materials of each binary of the platform.
package main

import (
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/linlihub/linli/tools/image"
)

// services are the binaries; linli holds all of them and is the image allinone.
var services = []string{"linli", "identity", "residents", "hr", "tickets", "dispatch", "notify", "gateway"}

func main() {
	binaries := flag.String("binaries", "bin", "folder of the static binaries")
	out := flag.String("out", "bin/images", "folder for NAME.tar and NAME.cdx.json")
	version := flag.String("version", "dev", "tag of the images")
	revision := flag.String("revision", "", "commit of the source")
	registry := flag.String("registry", "", "what comes before linli/NAME, with the slash")
	flag.Parse()
	if err := os.MkdirAll(*out, 0o755); err != nil {
		fail(err)
	}
	built := make(chan error, len(services))
	for _, service := range services { // side by side, for compressing takes the time
		go func() { built <- build(filepath.Join(*binaries, service), *out, *registry, *version, *revision) }()
	}
	var err error
	for range services {
		err = errors.Join(err, <-built)
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "images:", err)
	os.Exit(1)
}

// build makes the image of one binary, and its bill.
func build(binary, out, registry, version, revision string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("read %s: %w", binary, err)
	}
	built := settings(info)
	if built["CGO_ENABLED"] != "0" || built["GOOS"] != "linux" {
		return fmt.Errorf("%s is not a static binary for linux: make build", binary)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	file, name := filepath.Base(binary), filepath.Base(binary)
	if name == "linli" {
		name = "allinone"
	}
	made := image.Image{
		Reference: registry + "linli/" + name + ":" + version, Name: file, Binary: content, Arch: built["GOARCH"],
		Labels: map[string]string{
			"org.opencontainers.image.title":    "linli " + name,
			"org.opencontainers.image.version":  version,
			"org.opencontainers.image.revision": revision,
			"org.opencontainers.image.source":   "https://github.com/linlihub/linli",
		},
	}
	archive, err := os.Create(filepath.Join(out, name+".tar"))
	if err != nil {
		return err
	}
	defer archive.Close()
	digest, err := made.Write(archive)
	if err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%s %s\n", digest, made.Reference)
	return os.WriteFile(filepath.Join(out, name+".cdx.json"), image.Bill(info, version), 0o644)
}

// settings are those of the build that the binary remembers.
func settings(info *buildinfo.BuildInfo) map[string]string {
	all := map[string]string{}
	for _, i := range info.Settings {
		all[i.Key] = i.Value
	}
	return all
}
