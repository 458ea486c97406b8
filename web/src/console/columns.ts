import type { State, Ticket } from '$lib/api/types'
import type { Key } from '$lib/i18n/index.svelte'
import { colourNow, type Colour, rank, runningClock } from '$lib/ticket'

export type ColumnOf = { key: Key; states: State[]; done?: boolean }

/** columns of the board, from the tap to the rating. */
export const columns: ColumnOf[] = [
  { key: 'state.opened', states: ['STATE_OPENED'] },
  { key: 'state.assigned', states: ['STATE_ASSIGNED'] },
  { key: 'state.accepted', states: ['STATE_ACCEPTED'] },
  { key: 'state.underWay', states: ['STATE_UNDER_WAY'] },
  { key: 'state.onSite', states: ['STATE_ON_SITE'] },
  { key: 'state.paused', states: ['STATE_PAUSED'] },
  { key: 'board.done', states: ['STATE_FINISHED', 'STATE_CLOSED', 'STATE_CANCELLED'], done: true },
]

/** colourOf is the colour of the promise that counts for a ticket now. */
export function colourOf(ticket: Ticket, now: number): Colour {
  const running = runningClock(ticket.state, ticket.clocks)
  return running ? colourNow(running.clock, now) : 'none'
}

const time = (at: string | null) => (at ? Date.parse(at) : 0)

/** sorted puts emergencies and the most pressing first; what is done, the latest first. */
export function sorted(tickets: Ticket[], column: ColumnOf, now: number): Ticket[] {
  const mine = tickets.filter((one) => column.states.includes(one.state))
  if (column.done) return mine.sort((a, b) => time(b.updated_at) - time(a.updated_at))
  const weight = (one: Ticket) => rank(colourOf(one, now)) - (one.priority === 'PRIORITY_P1' ? 10 : 0)
  const weights = new Map(mine.map((one) => [one.id, weight(one)]))
  return mine.sort((a, b) => weights.get(a.id)! - weights.get(b.id)! || time(a.opened_at) - time(b.opened_at))
}
