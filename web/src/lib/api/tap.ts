import { Problem } from './problem'

/** newKey is a random UUID; randomUUID exists only on https and localhost, and a company may try Linli on its own network. */
export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/**
 * Tap is one intention of a person: "open this ticket". While it is unknown whether the server carried it out, a further
 * try with the same content keeps its Idempotency-Key, so that it happens once. A clear answer, or other content, ends it.
 */
export class Tap {
  #key = ''
  #content = ''

  async run<T>(content: unknown, send: (key: string) => Promise<T>): Promise<T> {
    const now = JSON.stringify(content) ?? ''
    if (this.#key === '' || now !== this.#content) {
      this.#key = newKey()
      this.#content = now
    }
    try {
      const answer = await send(this.#key)
      this.#key = ''
      return answer
    } catch (error) {
      if (!(error instanceof Problem && error.unsure)) this.#key = ''
      throw error
    }
  }
}
