// Package outbox makes a change and what it tells others one thing.
//
// An event is a row, written in the transaction of its change ([Add]). A relay ([Outbox.Run]) publishes the rows in the order
// of each key, at least once. Whoever consumes an event remembers it in the transaction of its effect ([Once]), so that
// the effect happens exactly once, whatever crashes in between. In the same way the answer to an operation with an
// Idempotency-Key is kept in the transaction of the operation ([Do]).
//
//	err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
//		… // the change
//		return outbox.Add(ctx, tx, outbox.Event{Key: districtID, Subject: id, Time: clock.Now(), Message: &ticketsv1.TicketOpened{…}})
//	})
//
// # Order
//
// Rows are published in the order of their ids, one relay at a time for a key. Two changes of the same thing have their ids in
// the order of their commits, because transactions of package store are serializable or take turns at what they change: the
// later one ran, or ran again, after the earlier one was committed. Events of one key about different things have no order that
// anybody could rely on.
//
// # What is kept
//
// All times here but that of the event are real time: a demo's fast clock must not make records expire early. Published rows
// and applied messages are forgotten after a while, or sooner when there are very many (Config), so that the folder stays
// flat; kept answers after [KeepAnswers]. A row that is not published is never forgotten.
package outbox
