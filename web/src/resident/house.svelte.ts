import { places, sessions, tickets } from '$lib/api/operations'
import { problemText } from '$lib/api/session.svelte'
import type { Category, Me, MyHome, Ticket } from '$lib/api/types'
import { gather, Live } from '$lib/live.svelte'

const chosenHome = 'linli.home'

/** House is what a resident's pages share: who, which home, what can be mended, and the tickets so far. */
export class House {
  me = $state<Me>()
  homes = $state<MyHome[]>([])
  categories = $state<Category[]>([])
  tickets = $state<Ticket[]>([])
  more = $state('')
  ready = $state(false)
  error = $state('')
  homeId = $state(localStorage.getItem(chosenHome) ?? '')

  /** home in which the next ticket is opened: the one chosen last, else the first. */
  readonly home = $derived(this.homes.find((one) => one.home?.id === this.homeId)?.home ?? this.homes[0]?.home ?? null)

  choose(id: string): void {
    this.homeId = id
    localStorage.setItem(chosenHome, id)
  }

  category(code: string): Category | undefined {
    return this.categories.find((one) => one.code === code)
  }

  async load(): Promise<void> {
    this.error = ''
    try {
      const [me, homes, categories] = await Promise.all([sessions.me(), places.myHomes(), tickets.categories(), this.refresh()])
      this.me = me
      this.homes = homes.homes
      this.categories = categories.categories
      this.ready = true
    } catch (problem) {
      this.error = problemText(problem)
    }
  }

  async refresh(): Promise<void> {
    const page = await tickets.list({ page_size: 20 })
    this.tickets = page.tickets
    this.more = page.next_page_token
  }

  async loadMore(): Promise<void> {
    const page = await tickets.list({ page_size: 20, page_token: this.more })
    const known = new Set(this.tickets.map((ticket) => ticket.id))
    this.tickets = [...this.tickets, ...page.tickets.filter((ticket) => !known.has(ticket.id))]
    this.more = page.next_page_token
  }

  /** put keeps the newest picture of one ticket. */
  put(ticket: Ticket): void {
    const at = this.tickets.findIndex((one) => one.id === ticket.id)
    if (at < 0) this.tickets = [ticket, ...this.tickets]
    else if (Number(ticket.version) >= Number(this.tickets[at]!.version)) this.tickets[at] = ticket
  }

  /** follow loads all and keeps the list fresh by the resident's own feed. */
  follow(): () => void {
    const refresh = gather(() => void this.refresh().catch(() => undefined))
    void this.load()
    let first = true
    const live = new Live('/v1/me/events', {
      onEntry: refresh,
      onLive: () => {
        if (!first) refresh() // what happened while the line was down
        first = false
      },
    })
    return () => {
      live.stop()
      refresh.stop()
    }
  }
}
