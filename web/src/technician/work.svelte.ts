import { duty, sessions, tickets, visits } from '$lib/api/operations'
import { problemText } from '$lib/api/session.svelte'
import type { Advice, Bump, Category, DutyState, Entry, Me, Visit } from '$lib/api/types'
import { say } from '$lib/components/toast.svelte'
import { tr } from '$lib/i18n/index.svelte'
import { gather, Live } from '$lib/live.svelte'
import { clock } from '$lib/time/now.svelte'
import { Beacon } from './beacon.svelte'

const ended: Visit['state'][] = ['VISIT_STATE_FINISHED', 'VISIT_STATE_WITHDRAWN', 'VISIT_STATE_LAPSED']

/** Work is what a technician's pages share: duty, offers, open visits, and the beacon that tells where the technician is. */
export class Work {
  me = $state<Me>()
  duty = $state<DutyState>()
  visits = $state<Visit[]>([])
  advice = $state<Advice | null>(null)
  categories = $state<Category[]>([])
  /** bumps are the visits of today that emergencies took precedence of. */
  bumps = $state<Bump[]>([])
  ready = $state(false)
  error = $state('')
  live = $state<Live>()
  readonly beacon = new Beacon()

  readonly offers = $derived(
    this.visits
      .filter((visit) => visit.state === 'VISIT_STATE_OFFERED')
      .sort((a, b) => Date.parse(a.offer_expires_at ?? '') - Date.parse(b.offer_expires_at ?? '')),
  )
  readonly open = $derived(this.visits.filter((visit) => visit.state !== 'VISIT_STATE_OFFERED' && !ended.includes(visit.state)))
  readonly underWay = $derived(this.open.find((visit) => visit.state === 'VISIT_STATE_UNDER_WAY'))

  categoryName(code: string): string {
    return tr(this.categories.find((one) => one.code === code)?.name) || code
  }

  async load(): Promise<void> {
    this.error = ''
    try {
      const [me, state, list] = await Promise.all([sessions.me(), duty.mine(), tickets.categories(), this.refresh()])
      this.me = me
      this.duty = state
      this.categories = list.categories
      this.ready = true
      await this.readBumps()
    } catch (problem) {
      this.error = problemText(problem)
    }
  }

  async refresh(): Promise<void> {
    const mine = await visits.mine()
    this.visits = mine.visits
    this.advice = mine.advice
  }

  /** readBumps is asked for seldom: the day comes with the load of a week. */
  async readBumps(): Promise<void> {
    const day = await visits.day().catch(() => undefined)
    if (day) this.bumps = day.bumps
  }

  /** put keeps the newest picture of one visit. */
  put(visit: Visit): void {
    const at = this.visits.findIndex((one) => one.id === visit.id)
    if (at < 0) this.visits.push(visit)
    else this.visits[at] = visit
  }

  visit(id: string): Visit | undefined {
    return this.visits.find((one) => one.id === id)
  }

  drop(id: string): void {
    this.visits = this.visits.filter((one) => one.id !== id)
  }

  /** follow loads all and keeps it fresh by the technician's own feed. */
  follow(): () => void {
    void this.load()
    const refresh = gather(() => void this.refreshAll(), 80)
    let first = true
    const live = new Live('/v1/me/events', {
      onEntry: (entry) => {
        this.#tell(entry)
        if (entry.type.endsWith('Withdrawn')) void this.readBumps()
        refresh()
      },
      onLive: () => {
        if (!first) refresh()
        first = false
      },
    })
    this.live = live
    const timer = setInterval(refresh, 30_000) // what others do to a visit is not always told to its technician
    return () => {
      clearInterval(timer)
      live.stop()
      refresh.stop()
      this.beacon.stop()
    }
  }

  /** lapsed reads again when an offer has run out: the server takes it back a moment later. */
  lapsed(): void {
    for (const ms of [200, 2000, 6000]) setTimeout(() => void this.refresh().catch(() => undefined), ms)
  }

  async refreshAll(): Promise<void> {
    await Promise.all([this.refresh(), duty.mine().then((state) => (this.duty = state))]).catch(() => undefined)
  }

  #tell(entry: Entry): void {
    const age = entry.at ? (clock.now() - Date.parse(entry.at)) / clock.speed : 0
    if (age > 30_000) return // an old line that was replayed, no news
    const text = tr(entry.text)
    if (text) say(text)
    if (entry.type.endsWith('Offered')) navigator.vibrate?.([120, 60, 120])
  }
}
