package store_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

func benchmark(b *testing.B, fn func(b *testing.B, db *store.DB)) {
	storetest.EachBench(b, func(b *testing.B, db *store.DB) {
		if err := db.Migrate(b.Context(), sub(b, testdata, "testdata"), "shelf"); err != nil {
			b.Fatal(err)
		}
		fn(b, db)
	})
}

// BenchmarkCommit is the smallest durable change, one after another: the unit in which other figures are told.
func BenchmarkCommit(b *testing.B) {
	benchmark(b, func(b *testing.B, db *store.DB) {
		var took []time.Duration
		for i := 0; b.Loop(); i++ {
			began := time.Now()
			exec(b, db, put, strconv.Itoa(i), strconv.Itoa(i), 1)
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	})
}

// BenchmarkLazily is the same change without the wait for the disk.
func BenchmarkLazily(b *testing.B) {
	benchmark(b, func(b *testing.B, db *store.DB) {
		for i := 0; b.Loop(); i++ {
			if _, err := db.Lazily(b.Context(), put, strconv.Itoa(i), strconv.Itoa(i), 1); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRead is one row by its key, in a snapshot of its own.
func BenchmarkRead(b *testing.B) {
	benchmark(b, func(b *testing.B, db *store.DB) {
		exec(b, db, put, "a", "红楼梦", 1)
		for b.Loop() {
			if n := count(b, db, `SELECT copies FROM shelf_book WHERE id = ?`, "a"); n != 1 {
				b.Fatal(n)
			}
		}
	})
}

// BenchmarkParallelCommit has eight writers at a time.
func BenchmarkParallelCommit(b *testing.B) {
	benchmark(b, func(b *testing.B, db *store.DB) {
		b.SetParallelism(4)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				id := strconv.FormatInt(time.Now().UnixNano(), 36)
				err := db.Write(b.Context(), func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Exec(ctx, put+` ON CONFLICT DO NOTHING`, id, id, 1)
					return err
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	})
}
