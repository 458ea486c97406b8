import { SvelteMap } from 'svelte/reactivity'
import { places, sessions, tickets } from '$lib/api/operations'
import { problemText } from '$lib/api/session.svelte'
import type { Category, District, Entry, Me, State, Ticket } from '$lib/api/types'
import { say } from '$lib/components/toast.svelte'
import { tr } from '$lib/i18n/index.svelte'
import { gather, Live } from '$lib/live.svelte'
import type { Link } from '$lib/sse/stream'
import { isUnassigned } from '$lib/ticket'
import { clock } from '$lib/time/now.svelte'

const openStates: State[] = ['STATE_OPENED', 'STATE_ASSIGNED', 'STATE_ACCEPTED', 'STATE_UNDER_WAY', 'STATE_ON_SITE', 'STATE_PAUSED']
const doneStates: State[] = ['STATE_FINISHED', 'STATE_CLOSED', 'STATE_CANCELLED']
const pageSize = 200
const mostPages = 5
const doneShown = 60
const fewChanges = 12 // so many tickets are read one by one; more are read as a list

/** Filter narrows the board; empty means all. */
export type Filter = { district: string; category: string; words: string }

/** Board is what the console shows: the tickets of the steward's districts, kept fresh by the districts' feeds. */
export class Board {
  me = $state<Me>()
  districts = $state<District[]>([])
  categories = $state<Category[]>([])
  filter = $state<Filter>({ district: '', category: '', words: '' })
  ready = $state(false)
  error = $state('')
  lives = $state.raw<Live[]>([])
  readonly tickets = new SvelteMap<string, Ticket>()
  #changed = new Set<string>()

  readonly shown = $derived.by(() => {
    const { district, category, words } = this.filter
    const sought = words.trim().toLowerCase()
    return [...this.tickets.values()].filter(
      (one) =>
        (!district || one.place?.district_id === district) &&
        (!category || one.category === category) &&
        (!sought || `${one.number} ${one.place?.address} ${one.visitor?.name}`.toLowerCase().includes(sought)),
    )
  })

  /** alarms are tickets that nobody takes: the worst overdue, loudest first. They ignore the filter on purpose. */
  readonly alarms = $derived(
    [...this.tickets.values()]
      .filter((one) => isUnassigned(one.state) && (one.no_candidate || one.escalation > 0))
      .sort((a, b) => b.escalation - a.escalation || Date.parse(a.opened_at ?? '') - Date.parse(b.opened_at ?? '')),
  )

  readonly link = $derived<Link>(
    this.lives.length > 0 && this.lives.every((one) => one.link === 'live')
      ? 'live'
      : this.lives.some((one) => one.link === 'closed')
        ? 'closed'
        : 'waiting',
  )

  may(permission: string): boolean {
    return this.me?.permissions.includes(permission) ?? false
  }

  categoryName(code: string): string {
    return tr(this.categories.find((one) => one.code === code)?.name) || code
  }

  /** knows says whether a district is one of those that the reader may see. */
  knows(district: string): boolean {
    return this.districts.some((one) => one.id === district)
  }

  districtName(id: string): string {
    return this.districts.find((one) => one.id === id)?.name ?? id
  }

  put(ticket: Ticket): void {
    const known = this.tickets.get(ticket.id)
    if (!known || Number(ticket.version) >= Number(known.version)) this.tickets.set(ticket.id, ticket)
  }

  async load(): Promise<void> {
    this.error = ''
    try {
      const [me, districts, categories] = await Promise.all([sessions.me(), places.districts(), tickets.categories(), this.readAll()])
      this.me = me
      const mine = districts.districts.filter((one) => me.district_ids.length === 0 || me.district_ids.includes(one.id))
      this.districts = mine
      this.categories = categories.categories
      this.ready = true
    } catch (problem) {
      this.error = problemText(problem)
    }
  }

  /** readAll reads every open ticket and the latest that are done, and forgets what is in neither. */
  async readAll(): Promise<void> {
    const [open, done] = await Promise.all([this.#readOpen(), tickets.list({ states: doneStates, page_size: doneShown })])
    const found = [...open, ...done.tickets]
    const keep = new Set(found.map((one) => one.id))
    for (const id of this.tickets.keys()) if (!keep.has(id)) this.tickets.delete(id)
    for (const ticket of found) this.put(ticket)
  }

  async #readOpen(): Promise<Ticket[]> {
    const found: Ticket[] = []
    let page_token = ''
    for (let page = 0; page < mostPages; page++) {
      const answer = await tickets.list({ states: openStates, page_size: pageSize, page_token })
      found.push(...answer.tickets)
      page_token = answer.next_page_token
      if (!page_token) break
    }
    return found
  }

  /** follow loads all, then follows every district's feed. */
  async follow(signal: AbortSignal): Promise<void> {
    await this.load()
    if (signal.aborted) return
    const refresh = gather(() => void this.#readChanged(), 150, 500)
    const again = gather(() => void this.readAll().catch(() => undefined), 300, 2000)
    this.lives = this.districts.map((district) => {
      let first = true
      return new Live(`/v1/districts/${encodeURIComponent(district.id)}/events`, {
        onEntry: (entry) => {
          this.#tell(entry)
          if (!entry.ticket_id) return
          this.#changed.add(entry.ticket_id)
          refresh()
        },
        onLive: () => {
          if (!first) again()
          first = false
        },
      })
    })
    // Colours and escalations move with time alone, and a feed may have been silent: read all again now and then.
    const timer = setInterval(again, 60_000)
    signal.addEventListener('abort', () => {
      clearInterval(timer)
      refresh.stop()
      again.stop()
      for (const live of this.lives) live.stop()
    })
  }

  async #readChanged(): Promise<void> {
    const ids = [...this.#changed]
    this.#changed.clear()
    if (ids.length > fewChanges) return this.readAll().catch(() => undefined)
    const found = await Promise.allSettled(ids.map((id) => tickets.get(id)))
    for (const one of found) if (one.status === 'fulfilled') this.put(one.value)
    this.#forgetOldest()
  }

  /** forgetOldest keeps the done column short during a long day. */
  #forgetOldest(): void {
    const done = [...this.tickets.values()].filter((one) => doneStates.includes(one.state))
    if (done.length <= doneShown * 2) return
    done.sort((a, b) => Date.parse(b.updated_at ?? '') - Date.parse(a.updated_at ?? ''))
    for (const one of done.slice(doneShown)) this.tickets.delete(one.id)
  }

  #tell(entry: Entry): void {
    const age = entry.at ? (clock.now() - Date.parse(entry.at)) / clock.speed : 0
    if (entry.alarm && age < 30_000) say(`${entry.ticket_number} ${tr(entry.text)}`.trim(), 'red')
  }
}
