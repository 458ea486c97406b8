// Package bus carries events between services over the Kafka protocol: at least once, in order per key.
//
//	writer, err := bus.NewWriter(cfg)                  // publish: the outbox relay does it
//	r := bus.NewRouter()
//	bus.Handle(r, desk.onTicketOpened)                 // func(context.Context, bus.Message, *ticketsv1.TicketOpened) error
//	err = bus.NewConsumer(cfg, "dispatch", r).Run(ctx, ready)
//
// What a handler may rely on, and what it must do:
//
//   - Events of one key arrive in the order they were published, one at a time. Other keys run beside it.
//   - An event may arrive more than once, and after its successors when it does. So the effect and a row that says "I have
//     seen this id" are written in one transaction (outbox.Once); the committed offset is only a place to start from.
//   - An error that may pass (everything that is not said to be permanent) is tried again: 50 ms, 200 ms, 1 s, and then
//     slower and slower for as long as it takes, while the key waits and the others go on. When too many messages of a
//     partition wait, that partition is read no further.
//   - An error that will not pass (Permanent, or a fault that blames the request) sends the event to the group's
//     dead-letter topic at once. A panic, or a handler that outlives its deadline, is tried four times first.
//   - What cannot be decoded, or lies under another key than its content names, is a dead letter too. A known event that
//     nobody here handles is passed over.
//
// Topics, groups and dead letters carry the company's name on the broker, <company>.tickets.ticket.v1, and never inside a
// program: Message.Topic is tickets.ticket.v1. Times of the domain are in Message.Time; the broker's own timestamps are
// wall time, because retention is.
package bus
