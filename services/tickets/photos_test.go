package tickets

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	rows "github.com/linlihub/linli/services/tickets/store"
)

func (d *desk) photos() *Photos { return &Photos{db: d.db, rows: d.rows, clock: d.clock} }

// picture is red on the left and blue on the right.
func picture(w, h int) image.Image {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 0, 0, 255}
			if x >= w/2 {
				c = color.RGBA{0, 0, 255, 255}
			}
			p.Set(x, y, c)
		}
	}
	return p
}

// camera is a JPEG with EXIF that tells how the camera was held, and where and whose it was.
func camera(t *testing.T, w, h, orientation int) []byte {
	t.Helper()
	var plain bytes.Buffer
	must(t, jpeg.Encode(&plain, picture(w, h), nil))
	tiff := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00")
	tiff = append(tiff, byte(orientation), 0, 0, 0, 0, 0, 0)
	tiff = append(tiff, "GPS 30.25N 120.16E serial 4711"...)
	segment := []byte{0xff, 0xe1, 0, 0}
	binary.BigEndian.PutUint16(segment[2:], uint16(len(tiff)+2))
	return append(append(append([]byte{0xff, 0xd8}, segment...), tiff...), plain.Bytes()[2:]...)
}

// DOMAIN 20: no more data than needed: a place or a device does not survive the upload, the way up does.
func TestRule20_APhotoIsStripped(t *testing.T) {
	d := newDesk(t)
	for orientation, want := range map[int]image.Point{1: {64, 32}, 3: {64, 32}, 6: {32, 64}, 8: {32, 64}} {
		content := append(camera(t, 64, 32, orientation), "PK hidden behind the picture"...)
		photo, err := d.photos().Upload(d.as("anna"), &ticketsv1.UploadPhotoRequest{Content: content})
		must(t, err)
		kept, err := d.photos().Download(d.as("anna"), &ticketsv1.DownloadPhotoRequest{Id: photo.GetId()})
		must(t, err)
		for _, trace := range []string{"Exif", "GPS", "4711", "hidden"} {
			if bytes.Contains(kept.GetContent(), []byte(trace)) {
				t.Errorf("%q survived", trace)
			}
		}
		decoded, err := jpeg.Decode(bytes.NewReader(kept.GetContent()))
		must(t, err)
		if size := decoded.Bounds().Size(); size != want || int(photo.GetWidth()) != want.X || int(photo.GetHeight()) != want.Y {
			t.Errorf("held %d: %v, told %d × %d, want %v", orientation, size, photo.GetWidth(), photo.GetHeight(), want)
		}
		if red, _, _, _ := decoded.At(2, 2).RGBA(); (red > 0x8000) != (orientation == 1 || orientation == 6) {
			t.Errorf("held %d: the red side is elsewhere", orientation)
		}
	}
}

func TestUpload_RefusesWhatIsNoPictureOrTooLarge(t *testing.T) {
	d := newDesk(t)
	var huge bytes.Buffer // 41 megapixels of nothing are a few kilobytes
	must(t, png.Encode(&huge, image.NewGray(image.Rect(0, 0, 6400, 6400+7))))
	var cut bytes.Buffer
	must(t, png.Encode(&cut, picture(64, 64)))
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"words":         {[]byte("<svg onload=alert(1)>"), errPhotoFormat},
		"nothing":       {nil, errPhotoFormat},
		"a cut picture": {cut.Bytes()[:cut.Len()/2], errPhotoFormat},
		"41 megapixels": {huge.Bytes(), errPhotoSize},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.photos().Upload(d.as("anna"), &ticketsv1.UploadPhotoRequest{Content: c.content})
			refused(t, err, c.want)
		})
	}
}

// A photo is seen by its uploader, then by whoever sees the ticket; it belongs to one ticket.
func TestPhoto_IsSeenWithItsTicket(t *testing.T) {
	d := newDesk(t)
	photo, err := d.photos().Upload(d.as("anna"), &ticketsv1.UploadPhotoRequest{Content: camera(t, 8, 8, 1)})
	must(t, err)
	sees := func(who string) error {
		_, err := d.photos().Download(d.as(who), &ticketsv1.DownloadPhotoRequest{Id: photo.GetId()})
		return err
	}
	refused(t, sees("steward"), rows.ErrUnknown)
	with := func(r *ticketsv1.OpenRequest) { r.PhotoIds = []string{photo.GetId()} }
	_, err = d.Open(d.as("ben"), &ticketsv1.OpenRequest{HomeId: "home-2", Category: "plumbing", PhotoIds: []string{photo.GetId()}})
	refused(t, err, errPhotoUnknown)
	d.opens("anna", with)
	must(t, sees("anna"))
	must(t, sees("steward"))
	refused(t, sees("ben"), rows.ErrUnknown)
	refused(t, sees("other steward"), rows.ErrUnknown)
	_, err = d.Open(d.as("anna"), &ticketsv1.OpenRequest{HomeId: "home-1", Category: "noise", PhotoIds: []string{photo.GetId()}})
	refused(t, err, errPhotoUnknown)
	if got, err := d.List(d.as("anna"), &ticketsv1.ListRequest{}); err != nil || len(got.GetTickets()) != 1 {
		t.Errorf("a ticket whose photo was refused was kept: %v, %v", got, err)
	}
}
