// Command objects reads manifests and refuses a field that Kubernetes does not know, a wrong type or a field told twice: what
// an API server says with strict validation, without one. Kinds of others, such as ScaledObject, are only counted.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	known, foreign, err := read(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "objects:", err)
		os.Exit(1)
	}
	fmt.Printf("%d objects as Kubernetes knows them, %d of other kinds\n", known, foreign)
}

// read decodes document after document and collects what is wrong.
func read(in io.Reader) (known, foreign int, err error) {
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := yaml.NewYAMLReader(bufio.NewReader(in))
	for {
		text, end := documents.Read()
		if errors.Is(end, io.EOF) {
			return known, foreign, err
		}
		if end != nil {
			return known, foreign, errors.Join(err, end)
		}
		if empty(text) {
			continue
		}
		_, kind, wrong := decoder.Decode(text, nil, nil)
		switch {
		case runtime.IsNotRegisteredError(wrong):
			foreign++
		case wrong != nil:
			err = errors.Join(err, fmt.Errorf("%v: %w\n%s", kind, wrong, text))
		default:
			known++
		}
	}
}

// empty says that a document has only comments.
func empty(text []byte) bool {
	var content any
	return yaml.Unmarshal(text, &content) == nil && content == nil
}
