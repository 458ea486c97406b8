package gateway

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/fault/faulthttp"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/gateway/openapi"
)

// maxPhoto bounds an uploaded picture.
const maxPhoto = 5 << 20

// uploadPhoto takes the raw bytes of POST /v1/photos.
func uploadPhoto(photos ticketsv1.PhotosClient) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPhoto))
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			err = errBodyLarge.With("kib", maxPhoto>>10)
		}
		if err != nil {
			faulthttp.Write(w, r, err)
			return
		}
		photo, err := photos.Upload(outward(r), &ticketsv1.UploadPhotoRequest{Content: content})
		if err != nil {
			faulthttp.Write(w, r, err)
			return
		}
		body, err := marshal.Marshal(photo)
		if err != nil {
			faulthttp.Write(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", "/v1/photos/"+photo.GetId())
		w.WriteHeader(http.StatusCreated)
		w.Write(body) //nolint:errcheck // the client may be gone
	})
}

// downloadPhoto answers GET /v1/photos/{id}. The bytes never change, so the one who may see them may keep them.
func downloadPhoto(photos ticketsv1.PhotosClient) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		photo, err := photos.Download(outward(r), &ticketsv1.DownloadPhotoRequest{Id: r.PathValue("id")})
		if err != nil {
			faulthttp.Write(w, r, err)
			return
		}
		w.Header().Set("Content-Type", photo.GetContentType())
		w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
		w.Write(photo.GetContent()) //nolint:errcheck // the client may be gone
	})
}

// tellClock answers the clock on which the domain runs: real time, but for a demo.
func tellClock(c clock.Clock) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"now": c.Now(), "speed": c.Speed()})
	})
}

func tellKeys(keys identityv1.KeysClient) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := keys.List(r.Context(), &identityv1.ListKeysRequest{})
		if err != nil {
			faulthttp.Write(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Header().Set("Cache-Control", "public, max-age=300")
		io.WriteString(w, answer.GetJwks()) //nolint:errcheck // the client may be gone
	})
}

func tellOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(openapi.Document) //nolint:errcheck // the client may be gone
}

// pages serves the built web apps. Files named by their content may be kept for ever, pages are asked for anew.
func pages(files fs.FS) http.Handler {
	server := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			w.Header().Set("Cache-Control", "no-cache")
		}
		server.ServeHTTP(w, r)
	})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(v) //nolint:errcheck,errchkjson // the client may be gone
}

// tokenOf is the caller's token: in the header, or, for an EventSource cannot send headers, in the query.
func tokenOf(r *http.Request) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	return r.URL.Query().Get("access_token")
}
