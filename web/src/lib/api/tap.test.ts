import { describe, expect, it } from 'vitest'
import { Problem } from './problem'
import { newKey, Tap } from './tap'

const refuse = (status: number) => () => Promise.reject(new Problem(status, 'x', ''))

/** keys are what a tap sends over several tries; each try is a content and what comes back. */
async function keys(tries: [unknown, () => Promise<unknown>][]): Promise<string[]> {
  const tap = new Tap()
  const sent: string[] = []
  for (const [content, outcome] of tries) {
    await tap.run(content, (key) => (sent.push(key), outcome())).catch(() => undefined)
  }
  return sent
}

describe('Tap', () => {
  it('keeps its key while nobody knows whether it was carried out', async () => {
    const [a, b, c, d] = await keys([
      ['x', refuse(0)],
      ['x', refuse(503)],
      ['x', refuse(429)],
      ['x', async () => 1],
    ])
    expect(new Set([a, b, c, d]).size).toBe(1)
  })

  it('takes a fresh key after an answer, a refusal, or other content', async () => {
    const sent = await keys([
      ['x', async () => 1],
      ['x', refuse(409)],
      ['x', refuse(0)],
      ['y', async () => 1],
    ])
    expect(new Set(sent).size).toBe(4)
  })
})

describe('newKey', () => {
  it('is a random UUID also where randomUUID is not to be had', () => {
    const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    expect(newKey()).toMatch(shape)
    const had = crypto.randomUUID
    Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true })
    try {
      expect(newKey()).toMatch(shape)
      expect(newKey()).not.toBe(newKey())
    } finally {
      Object.defineProperty(crypto, 'randomUUID', { value: had, configurable: true })
    }
  })
})
