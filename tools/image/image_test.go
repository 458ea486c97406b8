package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var sample = Image{
	Reference: "linli/tickets:1", Name: "tickets", Binary: bytes.Repeat([]byte("code"), 1000), Arch: "amd64",
	Labels: map[string]string{"org.opencontainers.image.title": "tickets"},
}

func unpack(t *testing.T, in io.Reader) (files map[string][]byte, headers map[string]*tar.Header) {
	t.Helper()
	files, headers = map[string][]byte{}, map[string]*tar.Header{}
	for archive := tar.NewReader(in); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files, headers
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
		headers[header.Name] = header
	}
}

// follow answers what a descriptor points to, whose digest and size must be its own.
func follow(t *testing.T, files map[string][]byte, d descriptor, into any) []byte {
	t.Helper()
	content := files["blobs/"+strings.Replace(d.Digest, ":", "/", 1)]
	if sum := sha256.Sum256(content); "sha256:"+hex.EncodeToString(sum[:]) != d.Digest || len(content) != d.Size {
		t.Fatalf("%s leads to other content", d.Digest)
	}
	if into != nil {
		if err := json.Unmarshal(content, into); err != nil {
			t.Fatal(err)
		}
	}
	return content
}

func TestAnImageIsOneBinaryThatNobodyOwns(t *testing.T) {
	var archive bytes.Buffer
	digest, err := sample.Write(&archive)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := unpack(t, &archive)
	var top index
	if err := json.Unmarshal(files["index.json"], &top); err != nil || len(top.Manifests) != 1 || top.Manifests[0].Digest != digest {
		t.Fatalf("%v %v", top, err)
	}
	if name := top.Manifests[0].Annotations["io.containerd.image.name"]; name != "docker.io/linli/tickets:1" {
		t.Errorf("it is called %q", name)
	}
	var m manifest
	var c config
	follow(t, files, top.Manifests[0], &m)
	follow(t, files, m.Config, &c)
	if c.Config.User != User || c.Config.Entrypoint[0] != "/tickets" || c.OS != "linux" || c.Architecture != "amd64" {
		t.Errorf("config %+v", c)
	}
	if diff := cmp.Diff(sample.Labels, c.Config.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	packed := follow(t, files, m.Layers[0], nil)
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(plain); c.RootFS.DiffIDs[0] != "sha256:"+hex.EncodeToString(sum[:]) {
		t.Error("the config names another layer")
	}
	inside, headers := unpack(t, bytes.NewReader(plain))
	if len(inside) != 1 || !bytes.Equal(inside["tickets"], sample.Binary) || headers["tickets"].Mode != 0o555 {
		t.Errorf("the layer holds %v", headers)
	}
}

func TestTheSameBinaryIsTheSameImage(t *testing.T) {
	var first, second bytes.Buffer
	one, err := sample.Write(&first)
	if err != nil {
		t.Fatal(err)
	}
	two, err := sample.Write(&second)
	if err != nil || one != two || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("%s and %s: %v", one, two, err)
	}
	other := sample
	other.Binary = []byte("other code")
	if three, err := other.Write(io.Discard); err != nil || three == one {
		t.Errorf("other code, the same image: %v", err)
	}
}

// A node finds an image by the name that its pods ask for, spelled out.
func TestNodesSpellNamesOut(t *testing.T) {
	for reference, want := range map[string]string{
		"linli/tickets:1":                  "docker.io/linli/tickets:1",
		"registry.example/linli/tickets:1": "registry.example/linli/tickets:1",
		"localhost/linli/tickets:1":        "localhost/linli/tickets:1",
		"localhost:5000/linli/tickets:1":   "localhost:5000/linli/tickets:1",
	} {
		if got := full(reference); got != want {
			t.Errorf("%s is %s, want %s", reference, got, want)
		}
	}
}

func TestABillNamesTheModules(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list bill
	if err := json.Unmarshal(Bill(info, "1"), &list); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, c := range list.Components {
		found[c.PURL] = true
	}
	if len(list.Components) == 0 || !found["pkg:golang/std@"+info.GoVersion] || len(list.Components) != len(info.Deps)+1 {
		t.Errorf("%+v", list)
	}
}
