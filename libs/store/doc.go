// Package store gives a service its rows: one small API over SQLite, when everything runs in one process, and PostgreSQL,
// when it runs in a cluster. Services write portable SQL and never learn which engine answers; every difference between the
// two lives here.
//
//	db, err := store.Open(ctx, store.Config{DSN: "sqlite:/var/lib/linli/tickets.db"}, log)
//	err = db.Migrate(ctx, migrations, "tickets")
//	err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
//		rows, err := tx.Exec(ctx, `UPDATE tickets_ticket SET state = ?, version = version + 1 WHERE id = ? AND version = ?`, …)
//		…
//	})
//
// # Portable SQL
//
// Placeholders are `?`. Column types are BIGINT, TEXT, BYTEA and BOOLEAN; an id that the engine assigns in rising order is
// BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, as the standard writes it, which a migration has translated. Times are BIGINT microseconds ([Micros], [Time]), JSON is TEXT. `ON CONFLICT … DO NOTHING`,
// `DO UPDATE`, `RETURNING`, partial indexes and window functions mean the same on both engines.
//
// # What a transaction promises, on both engines
//
//   - Write is serializable: as if no other Write ran meanwhile. Its function is run again when the engine asks for that,
//     so it must not keep anything from an earlier run.
//   - InTurn has changes of the same thing take turns, and leaves those of others alone.
//   - Read is one snapshot, taken at its first query, and cannot write.
//   - The first error of a statement ends the transaction, whatever the function does with it: PostgreSQL works that way,
//     and SQLite is made to. Where a conflict is expected, say ON CONFLICT.
//   - Text is UTF-8 without NUL ([ErrText]): PostgreSQL can hold no other, and SQLite is made to refuse it.
//   - None nests: a Write or Read inside another on the same DB answers [ErrNested] instead of waiting for itself.
package store
