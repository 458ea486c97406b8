package tickets

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/linlihub/linli/libs/fault"
)

// An upload becomes a picture without anything but its pixels, or is refused as the caller's mistake.
func FuzzStrip(f *testing.F) {
	var asJPEG, asPNG bytes.Buffer
	picture := image.NewGray(image.Rect(0, 0, 8, 4))
	if err := errors.Join(jpeg.Encode(&asJPEG, picture, nil), png.Encode(&asPNG, picture)); err != nil {
		f.Fatal(err)
	}
	turned := append([]byte("\xff\xd8\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"), asJPEG.Bytes()[2:]...)
	for _, seed := range [][]byte{asJPEG.Bytes(), asPNG.Bytes(), turned, asPNG.Bytes()[:40], []byte("GIF89a"), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		clean, kind, _, err := strip(content)
		switch {
		case err == nil:
			if _, format, err := image.Decode(bytes.NewReader(clean)); err != nil || "image/"+format != kind || bytes.Contains(clean, []byte("Exif")) {
				t.Errorf("the kept picture is no clean %s: %v", kind, err)
			}
		case !errors.Is(err, fault.Invalid) && !errors.Is(err, fault.TooLarge):
			t.Error(err)
		}
	})
}

// How a camera was held is one of eight ways, whatever its EXIF says.
func FuzzOrientation(f *testing.F) {
	f.Add([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"))
	f.Add([]byte("Exif\x00\x00II*\x00\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff"))
	f.Add([]byte("Exif\x00\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if held := orientation(content); held < 1 || held > 8 {
			t.Errorf("orientation %d", held)
		}
	})
}
