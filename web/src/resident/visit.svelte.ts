import { tickets } from '$lib/api/operations'
import { problemText } from '$lib/api/session.svelte'
import type { Entry, Point, Position, Ticket } from '$lib/api/types'
import { gather, Live } from '$lib/live.svelte'

const longestTrail = 60

/** Visit follows one ticket: its present picture, its feed from the first line, and where the technician is. */
export class Visit {
  ticket = $state<Ticket>()
  entries = $state<Entry[]>([])
  here = $state<Point | null>(null)
  trail = $state.raw<Point[]>([])
  error = $state('')
  live = $state<Live>()
  /** A position may be faster than the picture of the ticket that says the technician is on the way; it may be the only one. */
  #early: Position | undefined

  constructor(
    readonly id: string,
    readonly onTicket: (ticket: Ticket) => void,
  ) {}

  /** put takes a newer picture of the ticket, from an answer of the server. */
  put(ticket: Ticket): void {
    if (this.ticket && Number(ticket.version) < Number(this.ticket.version)) return
    const similar = ticket.similar.length > 0 ? ticket.similar : (this.ticket?.similar ?? [])
    this.ticket = { ...ticket, similar } // only the answer to "open" knows the similar ones
    this.onTicket(this.ticket)
    if (ticket.state !== 'STATE_UNDER_WAY') {
      this.here = null
      this.trail = []
    }
    const early = this.#early
    if (ticket.state !== 'STATE_ACCEPTED') this.#early = undefined
    if (early && !this.here) this.move(early)
  }

  async load(): Promise<void> {
    try {
      const first = !this.ticket
      this.put(await tickets.get(this.id))
      this.error = ''
      // Later positions come by themselves; only who opens the page half-way has to ask.
      if (first && this.ticket?.state === 'STATE_UNDER_WAY' && !this.here) await this.locate()
    } catch (problem) {
      this.error = problemText(problem)
    }
  }

  async locate(): Promise<void> {
    const position = await tickets.position(this.id).catch(() => undefined)
    if (position) this.move(position)
  }

  move(position: Position): void {
    if (this.ticket?.state === 'STATE_ACCEPTED') this.#early = position
    if (!position.point || this.ticket?.state !== 'STATE_UNDER_WAY') return
    if (this.here) this.trail = [...this.trail, this.here].slice(-longestTrail)
    this.here = position.point
    const visitor = this.ticket.visitor
    if (visitor && position.eta_from && position.eta_to && Date.parse(position.eta_to) > Date.parse(position.at ?? '')) {
      visitor.eta_from = position.eta_from
      visitor.eta_to = position.eta_to
    }
  }

  follow(): () => void {
    void this.load()
    const reload = gather(() => void this.load(), 60)
    this.live = new Live(
      `/v1/tickets/${encodeURIComponent(this.id)}/events`,
      {
        onEntry: (entry) => {
          this.entries.push(entry)
          reload()
        },
        onOther: (_event, data) => this.move(data as Position),
        onReset: () => {
          this.entries = []
          reload()
        },
      },
      0,
    )
    return () => {
      this.live?.stop()
      reload.stop()
    }
  }
}
