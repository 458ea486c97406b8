package store_test

import (
	"testing"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

// reaches sets a signal again and again, for one may be lost while somebody is cut off, until it wakes the other process.
func reaches(t *testing.T, from, to *store.Signal) {
	t.Helper()
	for {
		next := to.Next()
		from.Set()
		select {
		case <-next:
			return
		case <-time.After(50 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("the signal does not arrive")
		}
	}
}

func TestSignalReachesOtherProcesses(t *testing.T) {
	config := storetest.Postgres(t)
	here, there := storetest.Open(t, config), storetest.Open(t, config)
	reaches(t, here.Signal("x"), there.Signal("x"))
	reaches(t, there.Signal("x"), here.Signal("x"))

	// Every process but the one we ask by is cut off from what it hears.
	rows, err := here.Lazily(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN "linli_`+config.Schema+`"%'`)
	if err != nil || rows != 2 {
		t.Fatalf("%d connections listen, %v", rows, err)
	}
	reaches(t, here.Signal("x"), there.Signal("x"))
}

func TestSignalStaysInItsSchema(t *testing.T) {
	config, other := storetest.Postgres(t), storetest.Postgres(t)
	here, there := storetest.Open(t, config), storetest.Open(t, config)
	otherHere, otherThere := storetest.Open(t, other), storetest.Open(t, other)
	reaches(t, here.Signal("x"), there.Signal("x"))
	reaches(t, otherHere.Signal("x"), otherThere.Signal("x")) // by now all of them listen
	reaches(t, otherThere.Signal("x"), otherHere.Signal("x"))
	next := otherThere.Signal("y").Next() // another name, for one of before may still be on its way
	reaches(t, here.Signal("y"), there.Signal("y"))
	select {
	case <-next:
		t.Error("a signal of another schema arrives")
	default:
	}
}
