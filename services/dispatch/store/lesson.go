package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/experience"
)

type part struct{ name, data string }

func scanPart(row store.Scanner) (p part, err error) {
	err = row.Scan(&p.name, &p.data)
	return p, err
}

// lessons answers what a district's board has learned.
func lessons(ctx context.Context, tx *store.Tx, district string) (*experience.Experience, error) {
	rows, err := store.Collect(ctx, tx, scanPart,
		`SELECT part, data FROM dispatch_lesson WHERE district_id = ?`, district)
	if err != nil {
		return nil, fmt.Errorf("load lessons of %s: %w", district, err)
	}
	parts := map[string][]byte{}
	for _, p := range rows {
		parts[p.name] = []byte(p.data)
	}
	return experience.Open(parts)
}

func saveLessons(ctx context.Context, tx *store.Tx, b *board.Board) error {
	dirty := b.Experience().Dirty()
	for _, name := range slices.Sorted(maps.Keys(dirty)) {
		_, err := tx.Exec(ctx, `INSERT INTO dispatch_lesson (district_id, part, data) VALUES (?, ?, ?)
			ON CONFLICT (district_id, part) DO UPDATE SET data = excluded.data`, b.District, name, string(dirty[name]))
		if err != nil {
			return fmt.Errorf("save lessons of %s: %w", b.District, err)
		}
	}
	return nil
}
