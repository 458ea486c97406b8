// Package image makes OCI images of static binaries, FROM scratch and without an engine: one layer with one file, the same
// bytes for the same binary.
package image

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
)

// User runs the binary: nobody in particular, as Kubernetes' restricted standard asks.
const User = "65532:65532"

// Image is one binary and what is told about it.
type Image struct {
	// Reference is the name and tag, linli/tickets:1.2.0.
	Reference string
	// Name is the binary's file at the root of the image.
	Name   string
	Binary []byte
	// Beside are other files by their path, without the first slash.
	Beside map[string][]byte
	// RunAs is another user than User.
	RunAs string
	// Arch is Go's name of the processor.
	Arch   string
	Labels map[string]string
}

// descriptor points from one part of an image to another.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	Config        descriptor        `json:"config"`
	Layers        []descriptor      `json:"layers"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

type index struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

type config struct {
	Architecture string   `json:"architecture"`
	OS           string   `json:"os"`
	Config       settings `json:"config"`
	RootFS       rootFS   `json:"rootfs"`
}

type settings struct {
	User       string            `json:"User"`
	Entrypoint []string          `json:"Entrypoint"`
	WorkingDir string            `json:"WorkingDir"`
	Labels     map[string]string `json:"Labels,omitempty"`
	Exposed    map[string]any    `json:"ExposedPorts"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

const (
	typeManifest = "application/vnd.oci.image.manifest.v1+json"
	typeIndex    = "application/vnd.oci.image.index.v1+json"
	typeConfig   = "application/vnd.oci.image.config.v1+json"
	typeLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// Write writes the image as an OCI archive and answers the digest of its manifest.
func (i Image) Write(w io.Writer) (digest string, err error) {
	files := map[string][]byte{}
	keep := func(mediaType string, content []byte) descriptor {
		sum := sha256.Sum256(content)
		name := hex.EncodeToString(sum[:])
		files["blobs/sha256/"+name] = content
		return descriptor{MediaType: mediaType, Digest: "sha256:" + name, Size: len(content)}
	}
	layer, plain, err := i.layer()
	if err != nil {
		return "", fmt.Errorf("image %s: %w", i.Reference, err)
	}
	whole := keep(typeManifest, encode(manifest{
		SchemaVersion: 2, MediaType: typeManifest, Config: keep(typeConfig, encode(i.config(plain))),
		Layers: []descriptor{keep(typeLayer, layer)}, Annotations: i.Labels,
	}))
	digest = whole.Digest
	// Containerd, and with it kind, looks for the first; skopeo and podman for the second.
	whole.Annotations = map[string]string{"io.containerd.image.name": full(i.Reference), "org.opencontainers.image.ref.name": i.Reference}
	files["index.json"] = encode(index{SchemaVersion: 2, MediaType: typeIndex, Manifests: []descriptor{whole}})
	files["oci-layout"] = []byte(`{"imageLayoutVersion":"1.0.0"}`)
	if err := pack(w, files, 0o444); err != nil {
		return "", fmt.Errorf("image %s: %w", i.Reference, err)
	}
	return digest, nil
}

// full is what a node calls an image: without a registry it is one of Docker's.
func full(reference string) string {
	registry, _, found := strings.Cut(reference, "/")
	if found && (registry == "localhost" || strings.ContainsAny(registry, ".:")) {
		return reference
	}
	return "docker.io/" + reference
}

// layer is the binary, packed, and the digest of what it is unpacked.
func (i Image) layer() (packed []byte, plain string, err error) {
	var raw, small bytes.Buffer
	files := map[string][]byte{i.Name: i.Binary}
	maps.Copy(files, i.Beside)
	if err := pack(&raw, files, 0o555); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(raw.Bytes())
	zip := gzip.NewWriter(&small)
	if _, err := io.Copy(zip, &raw); err != nil {
		return nil, "", err
	}
	if err := zip.Close(); err != nil {
		return nil, "", err
	}
	return small.Bytes(), "sha256:" + hex.EncodeToString(sum[:]), nil
}

func (i Image) config(layer string) config {
	return config{
		Architecture: i.Arch, OS: "linux", RootFS: rootFS{Type: "layers", DiffIDs: []string{layer}},
		Config: settings{
			User: cmp.Or(i.RunAs, User), Entrypoint: []string{"/" + i.Name}, WorkingDir: "/", Labels: i.Labels,
			Exposed: map[string]any{"8080/tcp": struct{}{}, "9000/tcp": struct{}{}},
		},
	}
}

// encode cannot fail: all that it is given are structs of words and numbers.
func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// pack writes files as a tar that is the same at each time: sorted, of nobody, and without a date.
func pack(w io.Writer, files map[string][]byte, mode int64) error {
	out := tar.NewWriter(w)
	for _, name := range sorted(files) {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(files[name])), Format: tar.FormatUSTAR}
		if err := out.WriteHeader(header); err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
		if _, err := out.Write(files[name]); err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
	}
	return out.Close()
}
