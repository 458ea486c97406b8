import { type App, type Saved, clear, load, save } from './store'

/** Wire is what Transport needs from the world; tests give their own. */
export type Wire = {
  fetch: (input: Request) => Promise<Response>
  storage: Storage
  /** exclusive runs work while no other tab runs it under the same name. */
  exclusive: <T>(name: string, work: () => Promise<T>) => Promise<T>
  pause: (ms: number) => Promise<void>
}

export const browser = (): Wire => ({
  fetch: (input) => fetch(input),
  storage: localStorage,
  exclusive: (name, work) => (navigator.locks ? navigator.locks.request(name, work) : work()) as ReturnType<typeof work>,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
})

const pauses = [300, 1200]
const passing = [502, 503, 504]

/**
 * Transport sends requests with the token of one page's session and the reader's language. A token that has lapsed is
 * exchanged once and the request sent again; a network that fails for a moment is tried twice more, which is safe because
 * every operation is either harmless to repeat or carries an Idempotency-Key.
 */
export class Transport {
  readonly #app: App | undefined
  readonly #wire: Wire
  readonly #language: () => string
  readonly #onSignedOut: () => void
  #refreshing: Promise<boolean> | undefined

  constructor(app: App | undefined, wire: Wire, language: () => string, onSignedOut: () => void) {
    this.#app = app
    this.#wire = wire
    this.#language = language
    this.#onSignedOut = onSignedOut
  }

  /** send has the shape of fetch. It throws only when there was no answer at all. */
  send = async (input: Request): Promise<Response> => {
    const used = this.#session()
    const response = await this.#patiently(this.#dress(input, used))
    if (response.status !== 401 || !used) return response
    if (!(await this.#refresh(used))) return response
    return this.#patiently(this.#dress(input, this.#session()))
  }

  #session(): Saved | undefined {
    return this.#app && load(this.#app, this.#wire.storage)
  }

  #dress(input: Request, session: Saved | undefined): Request {
    const request = input.clone()
    request.headers.set('Accept-Language', this.#language())
    if (session) request.headers.set('Authorization', `Bearer ${session.access}`)
    return request
  }

  async #patiently(request: Request): Promise<Response> {
    for (const ms of pauses) {
      try {
        const response = await this.#wire.fetch(request.clone())
        if (!passing.includes(response.status)) return response
      } catch (error) {
        if (request.signal.aborted) throw error
      }
      await this.#wire.pause(ms)
    }
    return this.#wire.fetch(request)
  }

  /** refresh answers whether there is a newer token than the one used. Many requests and many tabs share one exchange. */
  #refresh(used: Saved): Promise<boolean> {
    this.#refreshing ??= this.#wire
      .exclusive(`linli.refresh.${this.#app}`, () => this.#exchange(used))
      .finally(() => (this.#refreshing = undefined))
    return this.#refreshing
  }

  async #exchange(used: Saved): Promise<boolean> {
    const saved = this.#session()
    if (saved && saved.access !== used.access) return true // another tab was quicker
    const response = await this.#patiently(
      new Request(new URL('/v1/sessions:refresh', globalThis.location?.href ?? 'http://localhost'), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Accept-Language': this.#language() },
        body: JSON.stringify({ refresh_token: used.refresh }),
      }),
    )
    if (response.ok) {
      const body = (await response.json()) as { access_token: string; refresh_token: string }
      save(this.#app!, { access: body.access_token, refresh: body.refresh_token }, this.#wire.storage)
      return true
    }
    if (response.status >= 400 && response.status < 500 && response.status !== 429) {
      clear(this.#app!, this.#wire.storage)
      this.#onSignedOut()
    }
    return false
  }
}
