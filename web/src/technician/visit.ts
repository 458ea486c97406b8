import type { Ticket, Visit, VisitState } from '$lib/api/types'
import type { Key } from '$lib/i18n/index.svelte'

type Tone = 'plain' | 'accent' | 'green' | 'amber' | 'blue'

const states: Partial<Record<VisitState, { key: Key; tone: Tone }>> = {
  VISIT_STATE_OFFERED: { key: 'visit.offered', tone: 'amber' },
  VISIT_STATE_ACCEPTED: { key: 'visit.accepted', tone: 'blue' },
  VISIT_STATE_UNDER_WAY: { key: 'visit.underWay', tone: 'accent' },
  VISIT_STATE_ON_SITE: { key: 'visit.onSite', tone: 'accent' },
  VISIT_STATE_PAUSED: { key: 'visit.paused', tone: 'amber' },
  VISIT_STATE_FINISHED: { key: 'visit.finished', tone: 'green' },
}

export const visitKey = (state: VisitState): Key => states[state]?.key ?? 'visit.ended'
export const visitTone = (state: VisitState): Tone => states[state]?.tone ?? 'plain'

/**
 * phaseOf is where the work stands. A pause is the ticket's own state and reaches the visit by an event a moment later, so
 * on site the ticket that was read last decides.
 */
export function phaseOf(visit: Visit, ticket: Ticket | undefined): VisitState {
  const onSite = visit.state === 'VISIT_STATE_ON_SITE' || visit.state === 'VISIT_STATE_PAUSED'
  if (onSite && ticket?.state === 'STATE_PAUSED') return 'VISIT_STATE_PAUSED'
  if (onSite && ticket?.state === 'STATE_ON_SITE') return 'VISIT_STATE_ON_SITE'
  return visit.state
}
