import type { ClockColour, Clocks, PauseReason, State, Ticket, TicketClock } from './api/types'
import type { Key } from './i18n/index.svelte'

/** stateKey is the sentence for a state. A state that this build does not know yet is shown as "in progress". */
export function stateKey(state: string): Key {
  return states[state as State]?.key ?? 'state.unknown'
}

export type Tone = 'plain' | 'accent' | 'green' | 'amber' | 'blue'

export function stateTone(state: string): Tone {
  return states[state as State]?.tone ?? 'plain'
}

const states: Partial<Record<State, { key: Key; tone: Tone }>> = {
  STATE_OPENED: { key: 'state.opened', tone: 'amber' },
  STATE_ASSIGNED: { key: 'state.assigned', tone: 'amber' },
  STATE_ACCEPTED: { key: 'state.accepted', tone: 'blue' },
  STATE_UNDER_WAY: { key: 'state.underWay', tone: 'accent' },
  STATE_ON_SITE: { key: 'state.onSite', tone: 'accent' },
  STATE_PAUSED: { key: 'state.paused', tone: 'plain' },
  STATE_FINISHED: { key: 'state.finished', tone: 'green' },
  STATE_CLOSED: { key: 'state.closed', tone: 'plain' },
  STATE_CANCELLED: { key: 'state.cancelled', tone: 'plain' },
}

/** isOpen says that work is still to come. */
export function isOpen(state: string): boolean {
  return !['STATE_FINISHED', 'STATE_CLOSED', 'STATE_CANCELLED'].includes(state)
}

/** isUnassigned says that nobody has taken it yet: the worst overdue. */
export function isUnassigned(state: string): boolean {
  return state === 'STATE_OPENED' || state === 'STATE_ASSIGNED'
}

/** priorityName is what people say: P1 … P4. */
export function priorityName(priority: string | number): string {
  if (typeof priority === 'number') return priority > 0 ? `P${priority}` : ''
  return priority.replace('PRIORITY_', '').replace('UNSPECIFIED', '')
}

/** ratingNow is the judgement of the present cycle, if it has been given. */
export function ratingNow(ticket: Ticket) {
  return ticket.ratings.find((rating) => rating.cycle === ticket.cycle)
}

export type ClockName = 'response' | 'arrival' | 'resolution'

/** runningClock is the promise that counts now: first someone must take it, then come, then repair. */
export function runningClock(state: string, clocks: Clocks | null): { name: ClockName; clock: TicketClock } | undefined {
  if (!clocks || !isOpen(state)) return undefined
  for (const name of ['response', 'arrival', 'resolution'] as const) {
    const clock = clocks[name]
    if (clock && !clock.stopped && (clock.due || clock.target_seconds !== '0')) return { name, clock }
  }
  return undefined
}

export type Colour = 'none' | 'green' | 'amber' | 'orange' | 'red'

const ranks: Record<ClockColour, Colour> = {
  CLOCK_COLOUR_UNSPECIFIED: 'none',
  CLOCK_COLOUR_GREEN: 'green',
  CLOCK_COLOUR_AMBER: 'amber',
  CLOCK_COLOUR_ORANGE: 'orange',
  CLOCK_COLOUR_RED: 'red',
}

/**
 * colourNow is the colour that the server saw, or a later one that time has brought since. Between two answers the share
 * used is reckoned from the time left until due; night hours make that estimate late, never early, and the next answer mends it.
 */
export function colourNow(clock: TicketClock, now: number): Colour {
  const told = ranks[clock.colour] ?? 'none'
  if (clock.stopped || !clock.due) return told
  const left = (Date.parse(clock.due) - now) / 1000
  const target = Number(clock.target_seconds)
  if (left <= 0) return 'red'
  if (!(target > 0)) return told
  const used = 1 - left / target
  const reckoned: Colour = used >= 0.8 ? 'orange' : used >= 0.5 ? 'amber' : 'green'
  return worse(told, reckoned)
}

const order: Colour[] = ['none', 'green', 'amber', 'orange', 'red']

/** worse answers the more pressing of two colours. */
export function worse(a: Colour, b: Colour): Colour {
  return order.indexOf(a) >= order.indexOf(b) ? a : b
}

/** rank sorts by colour, the most pressing first. */
export function rank(colour: Colour): number {
  return order.length - order.indexOf(colour)
}

const pauses: Partial<Record<PauseReason, Key>> = {
  PAUSE_REASON_WAITING_RESIDENT: 'pause.resident',
  PAUSE_REASON_ACCESS_REFUSED: 'pause.access',
  PAUSE_REASON_PART_ORDERED: 'pause.part',
  PAUSE_REASON_JOINT_OWNER_CONSENT: 'pause.consent',
}

/** pauseReasons is the closed list from which a technician chooses. */
export const pauseReasons = Object.keys(pauses) as PauseReason[]

export function pauseKey(reason: PauseReason): Key {
  return pauses[reason] ?? 'pause.other'
}
