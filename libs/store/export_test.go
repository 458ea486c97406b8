package store

// Waiting tells a test how many changes of a SQLite file wait for the writer's turn.
func (db *DB) Waiting() int64 { return db.group.waiting.Load() }
