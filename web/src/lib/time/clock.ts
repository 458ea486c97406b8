/** ClockAnswer is what GET /v1/clock says. */
export type ClockAnswer = { now: string; speed: number }

/**
 * ServerClock is the clock of the domain: the server's, which a demonstration may run faster than life. Everything a person
 * sees, countdowns included, is reckoned in it; what this device believes the time to be does not matter.
 */
export class ServerClock {
  speed = 1
  #base: number
  #at: number
  readonly #elapsed: () => number

  /** elapsed answers milliseconds that only ever grow; wall is used until the first answer of the server. */
  constructor(elapsed: () => number, wall: () => number) {
    this.#elapsed = elapsed
    this.#at = elapsed()
    this.#base = wall()
  }

  /** sync takes an answer that was asked for at `asked` (on the elapsed scale) and has just come. */
  sync(answer: ClockAnswer, asked: number): void {
    const base = Date.parse(answer.now)
    if (Number.isNaN(base)) return
    const got = this.#elapsed()
    this.speed = answer.speed > 0 ? answer.speed : 1
    this.#base = base
    this.#at = asked + (got - asked) / 2 // the answer was true about half-way
  }

  /** now is the domain's time in milliseconds since 1970. */
  now(): number {
    return this.#base + (this.#elapsed() - this.#at) * this.speed
  }
}

/** secondsLeft until a moment of the domain, never below zero. */
export function secondsLeft(until: string | null | undefined, now: number): number {
  if (!until) return 0
  return Math.max(0, (Date.parse(until) - now) / 1000)
}

/** share of a span that is left, 1 → 0. */
export function shareLeft(from: string | null | undefined, until: string | null | undefined, now: number): number {
  if (!from || !until) return 0
  const start = Date.parse(from)
  const end = Date.parse(until)
  if (!(end > start)) return 0
  return Math.min(1, Math.max(0, (end - now) / (end - start)))
}
