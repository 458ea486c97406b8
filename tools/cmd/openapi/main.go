// Command openapi writes the OpenAPI document and the permission matrix of a compiled proto image; make gen runs it.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/linlihub/linli/tools/openapi"
)

func main() {
	image := flag.String("image", "", "compiled protos with source info, from buf build -o")
	document := flag.String("out", "", "write the OpenAPI document here")
	matrix := flag.String("matrix", "", "write the permission matrix here")
	flag.Parse()
	if err := run(*image, *document, *matrix); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(image, document, matrix string) error {
	contract, err := openapi.Load(image)
	if err != nil {
		return err
	}
	if document != "" {
		described, err := openapi.Describe(contract)
		if err != nil {
			return fmt.Errorf("describe: %w", err)
		}
		encoded, err := described.Encode()
		if err != nil {
			return err
		}
		if err := os.WriteFile(document, encoded, 0o644); err != nil {
			return err
		}
	}
	if matrix != "" {
		return os.WriteFile(matrix, openapi.Matrix(contract), 0o644)
	}
	return nil
}
