package tickets

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"log/slog"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/id"
	"github.com/linlihub/linli/libs/store"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	rows "github.com/linlihub/linli/services/tickets/store"
	"github.com/linlihub/linli/services/tickets/ticket"
)

const (
	photoMiB        = 5
	photoMegapixels = 40
	photoQuality    = 85
)

// Photos answers the rpcs of tickets.v1.Photos.
type Photos struct {
	ticketsv1.UnimplementedPhotosServer

	db    *store.DB
	rows  rows.Store
	clock clock.Clock
	log   *slog.Logger
}

// Upload keeps a picture. It is decoded and encoded anew, so that nothing but its pixels survives: no EXIF with a place
// or a device (PIPL 个人信息保护法 6, no more data than needed), and nothing hidden behind the picture.
func (p *Photos) Upload(ctx context.Context, req *ticketsv1.UploadPhotoRequest) (*ticketsv1.Photo, error) {
	content, contentType, size, err := strip(req.GetContent())
	if err != nil {
		return nil, err
	}
	photo := rows.Photo{
		ID: id.New(), OwnerID: authz.From(ctx).Account, ContentType: contentType, Content: content, UploadedAt: p.clock.Now(),
	}
	err = p.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return p.rows.PutPhoto(ctx, tx, photo) })
	if err != nil {
		return nil, err
	}
	return &ticketsv1.Photo{
		Id: photo.ID, ContentType: contentType, Size: int64(len(content)),
		Width: int32(size.X), Height: int32(size.Y), //nolint:gosec // bounded by photoMegapixels
	}, nil
}

// strip decodes a picture, within bounds known before its pixels are, and encodes only the pixels.
func strip(content []byte) ([]byte, string, image.Point, error) {
	header, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, "", image.Point{}, errPhotoFormat.Wrap(err)
	}
	if int64(header.Width)*int64(header.Height) > photoMegapixels*1_000_000 {
		return nil, "", image.Point{}, errPhotoSize.With("mib", photoMiB).With("megapixels", photoMegapixels)
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, "", image.Point{}, errPhotoFormat.Wrap(err)
	}
	var clean bytes.Buffer
	if format == "png" {
		err = png.Encode(&clean, picture)
	} else {
		picture = upright(picture, orientation(content))
		err = jpeg.Encode(&clean, picture, &jpeg.Options{Quality: photoQuality})
	}
	return clean.Bytes(), "image/" + format, picture.Bounds().Size(), err
}

// Download answers a photo to whoever may see its ticket, or to its uploader while no ticket holds it.
func (p *Photos) Download(ctx context.Context, req *ticketsv1.DownloadPhotoRequest) (*ticketsv1.PhotoContent, error) {
	return read(ctx, p.db, func(ctx context.Context, tx *store.Tx) (*ticketsv1.PhotoContent, error) {
		photo, err := p.rows.Photo(ctx, tx, req.GetId())
		if err != nil {
			return nil, err
		}
		if err := p.mayLook(ctx, tx, photo); err != nil {
			return nil, err
		}
		return &ticketsv1.PhotoContent{ContentType: photo.ContentType, Content: photo.Content}, nil
	})
}

func (p *Photos) mayLook(ctx context.Context, tx *store.Tx, photo rows.Photo) error {
	if photo.TicketID == "" {
		if photo.OwnerID != authz.From(ctx).Account {
			return rows.ErrUnknown
		}
		return nil
	}
	var s ticket.Snapshot
	s, err := p.rows.Snapshot(ctx, tx, photo.TicketID)
	if err == nil && !s.VisibleTo(viewer(ctx)) {
		err = rows.ErrUnknown
	}
	return err
}
