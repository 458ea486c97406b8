package tickets

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation reads how a camera was held (EXIF 2.3, tag 0x0112), 1–8, from a JPEG; 1 when it is not told. It is the one
// piece of metadata that changes the pixels a person sees, so it is applied before the rest is dropped.
func orientation(jpeg []byte) int {
	start := bytes.Index(jpeg[:min(len(jpeg), 64<<10)], []byte("Exif\x00\x00"))
	if start < 0 {
		return 1
	}
	tiff := jpeg[start+6:]
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int(order.Uint32(tiff[4:8]))
	if at < 0 || at > len(tiff)-2 {
		return 1
	}
	entries := tiff[at+2:]
	for range int(order.Uint16(tiff[at:])) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == 0x0112 {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
		}
		entries = entries[12:]
	}
	return 1
}

// upright turns a picture the way its camera was held.
func upright(src image.Image, orientation int) image.Image {
	if orientation <= 1 {
		return src
	}
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	turned := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		turned = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := turn(orientation, x, y, w, h)
			turned.Set(tx, ty, src.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return turned
}

func turn(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	default: // 8
		return y, w - 1 - x
	}
}
