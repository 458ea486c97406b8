import { visits } from '$lib/api/operations'
import { newKey } from '$lib/api/tap'
import type { Point } from '$lib/api/types'
import { away, metres, toward } from '$lib/geo'
import { clock } from '$lib/time/now.svelte'

const every = 3000 // ms between two reports, at least
const again = 10_000 // ms after which a place is told again: a report may be lost, and a device that stands still says nothing more
const walkStart = 600 // metres from the door
const walkSpeed = 4 // metres a second, an electric bicycle
const walkSteps = 10 // at least, however fast the clock runs

/** Beacon sends where the technician is, while on the way and not a moment longer. */
export class Beacon {
  /** state: off; asking the device; sending; denied by the person or the device; or simulated by a tap of the person. */
  state = $state<'off' | 'asking' | 'sending' | 'denied' | 'simulated'>('off')
  sent = $state(0)
  left = $state<number>() // metres to the door, when known
  #watch: number | undefined
  #timer: ReturnType<typeof setInterval> | undefined
  #later: ReturnType<typeof setTimeout> | undefined
  #newest: Point | undefined
  #last = -every
  #goal: Point | null = null

  /** start asks the device for its position and reports it. */
  start(goal: Point | null): void {
    this.#goal = goal
    if (this.state !== 'off') return
    if (!navigator.geolocation || !globalThis.isSecureContext) {
      this.state = 'denied'
      return
    }
    this.state = 'asking'
    this.#watch = navigator.geolocation.watchPosition(
      (found) => {
        if (this.state !== 'simulated') this.state = 'sending'
        if (this.state === 'sending') this.#sendSoon({ lat: found.coords.latitude, lon: found.coords.longitude })
      },
      () => {
        if (this.state === 'asking') this.state = 'denied'
      },
      { enableHighAccuracy: true, maximumAge: 5000, timeout: 15000 },
    )
  }

  /** simulate walks from some streets away to the door: for a demonstration, only when the person asks for it. */
  simulate(goal: Point, seed: string): void {
    this.#unwatch()
    clearInterval(this.#timer)
    this.state = 'simulated'
    let here = away(goal, walkStart, [...seed].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 360, 0))
    const step = Math.min((walkSpeed * clock.speed * every) / 1000, walkStart / walkSteps)
    this.#goal = goal
    this.#send(here)
    this.#timer = setInterval(() => {
      here = toward(here, goal, step)
      this.#send(here)
      if (metres(here, goal) < 1) clearInterval(this.#timer)
    }, every)
  }

  stop(): void {
    this.#unwatch()
    clearInterval(this.#timer)
    this.state = 'off'
    this.sent = 0
    this.left = undefined
  }

  #unwatch(): void {
    if (this.#watch !== undefined) navigator.geolocation.clearWatch(this.#watch)
    this.#watch = undefined
    clearTimeout(this.#later)
    this.#later = undefined
  }

  /** sendSoon leaves some time between two reports, and sends the newest then. */
  #sendSoon(point: Point): void {
    this.#newest = point
    this.#sendIn(this.#last + every - performance.now())
  }

  #sendIn(ms: number): void {
    clearTimeout(this.#later)
    this.#later = setTimeout(
      () => {
        if (this.#newest) this.#send(this.#newest)
        this.#sendIn(again)
      },
      Math.max(0, ms),
    )
  }

  #send(point: Point): void {
    this.#last = performance.now()
    if (this.#goal) this.left = metres(point, this.#goal)
    visits.report(point, new Date(clock.now()).toISOString(), newKey()).then(
      () => this.sent++,
      () => undefined, // the next report comes in seconds
    )
  }
}
