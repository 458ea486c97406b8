// Package web holds the built pages of Linli, so that one binary serves them and nobody needs Node to run it.
package web

import "embed"

// Dist is the output of `npm run build`: index.html, resident/, technician/, console/ and their assets.
//
//go:embed all:dist
var Dist embed.FS
