// Command pack writes an image of one program and the files beside it to the standard output, as an OCI archive:
//
//	pack [-user UID] REFERENCE PROGRAM [SOURCE:TARGET…]
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/linlihub/linli/tools/image"
)

func main() {
	user := flag.String("user", "", "who runs the program; nobody in particular by default")
	flag.Parse()
	if flag.NArg() < 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := pack(*user, flag.Arg(0), flag.Arg(1), flag.Args()[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func pack(user, reference, program string, beside []string) error {
	binary, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	made := image.Image{
		Reference: reference, Name: "usr/local/bin/" + filepath.Base(program), Binary: binary, Beside: map[string][]byte{}, RunAs: user, Arch: runtime.GOARCH,
	}
	for _, pair := range beside {
		source, target, _ := strings.Cut(pair, ":")
		content, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		made.Beside[strings.TrimPrefix(target, "/")] = content
	}
	var archive bytes.Buffer // whole or not at all
	if _, err := made.Write(&archive); err != nil {
		return err
	}
	_, err = os.Stdout.Write(archive.Bytes())
	return err
}
