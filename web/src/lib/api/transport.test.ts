import { beforeEach, describe, expect, it } from 'vitest'
import { load, save } from './store'
import { Transport, type Wire } from './transport'

/** Memory is a localStorage. */
class Memory implements Storage {
  #map = new Map<string, string>()
  get length() {
    return this.#map.size
  }
  clear = () => this.#map.clear()
  getItem = (key: string) => this.#map.get(key) ?? null
  key = (n: number) => [...this.#map.keys()][n] ?? null
  removeItem = (key: string) => void this.#map.delete(key)
  setItem = (key: string, value: string) => void this.#map.set(key, value)
}

type Handler = (request: Request) => Response | Promise<Response>

let storage: Memory
let seen: Request[]
let signedOut: number

beforeEach(() => {
  storage = new Memory()
  seen = []
  signedOut = 0
})

let chain: Promise<unknown> = Promise.resolve()

function transport(handler: Handler, app: 'resident' | undefined = 'resident'): Transport {
  const wire: Wire = {
    storage,
    fetch: async (request) => {
      seen.push(request)
      return handler(request)
    },
    exclusive: (_name, work) => {
      const next = chain.then(work, work)
      chain = next.catch(() => undefined)
      return next
    },
    pause: async () => undefined,
  }
  return new Transport(app, wire, () => 'zh-CN', () => signedOut++)
}

const to = (path: string, init?: RequestInit) => new Request(`http://linli.test${path}`, init)
const refreshes = () => seen.filter((one) => one.url.endsWith('/v1/sessions:refresh')).length
const tokenOf = (request: Request) => request.headers.get('Authorization')

/** server knows one good token; a refresh makes the next one good and spends the refresh token. */
function server() {
  let n = 1
  return async (request: Request): Promise<Response> => {
    if (request.url.endsWith('/v1/sessions:refresh')) {
      const { refresh_token } = (await request.json()) as { refresh_token: string }
      if (refresh_token !== `r${n}`) return new Response('{}', { status: 401 })
      n++
      return Response.json({ access_token: `a${n}`, refresh_token: `r${n}` })
    }
    return tokenOf(request) === `Bearer a${n}` ? Response.json({ n }) : new Response('{}', { status: 401 })
  }
}

describe('Transport', () => {
  it('sends the token and the language', async () => {
    save('resident', { access: 'a1', refresh: 'r1' }, storage)
    const answer = await transport(server()).send(to('/v1/me'))
    expect(answer.status).toBe(200)
    expect(seen[0]!.headers.get('Accept-Language')).toBe('zh-CN')
  })

  it('exchanges a lapsed token once, however many requests found it lapsed, and sends them again with their bodies', async () => {
    save('resident', { access: 'old', refresh: 'r1' }, storage)
    const line = transport(server())
    const answers = await Promise.all([1, 2, 3].map((n) => line.send(to('/v1/tickets', { method: 'POST', body: `{"n":${n}}` }))))
    expect(answers.map((one) => one.status)).toEqual([200, 200, 200])
    expect(refreshes()).toBe(1)
    expect(load('resident', storage)).toEqual({ access: 'a2', refresh: 'r2' })
    expect(await seen.at(-1)!.text()).toMatch(/"n":/)
  })

  it('shares the exchange with another tab', async () => {
    save('resident', { access: 'old', refresh: 'r1' }, storage)
    const answer = server()
    const tabs = [transport(answer), transport(answer)]
    const answers = await Promise.all(tabs.map((tab) => tab.send(to('/v1/me'))))
    expect(answers.map((one) => one.status)).toEqual([200, 200])
    expect(refreshes()).toBe(1)
    expect(signedOut).toBe(0)
  })

  it('signs out when the session is over', async () => {
    save('resident', { access: 'old', refresh: 'spent' }, storage)
    const answer = await transport(server()).send(to('/v1/me'))
    expect(answer.status).toBe(401)
    expect(load('resident', storage)).toBeUndefined()
    expect(signedOut).toBe(1)
  })

  it('keeps the session when the exchange only failed to come through', async () => {
    save('resident', { access: 'old', refresh: 'r1' }, storage)
    const line = transport((request) =>
      request.url.endsWith(':refresh') ? new Response('', { status: 503 }) : new Response('{}', { status: 401 }),
    )
    expect((await line.send(to('/v1/me'))).status).toBe(401)
    expect(load('resident', storage)).toBeDefined()
    expect(signedOut).toBe(0)
  })

  it('tries again with the same key when the network or a proxy fails for a moment', async () => {
    let n = 0
    const line = transport(() => {
      n++
      if (n === 1) throw new TypeError('network')
      return n === 2 ? new Response('', { status: 502 }) : Response.json({})
    })
    const answer = await line.send(to('/v1/tickets', { method: 'POST', body: '{}', headers: { 'Idempotency-Key': 'k' } }))
    expect(answer.status).toBe(200)
    expect(seen.map((one) => one.headers.get('Idempotency-Key'))).toEqual(['k', 'k', 'k'])
  })

  it('tells when there is no answer at all, and does not repeat what was called off', async () => {
    const down = transport(() => {
      throw new TypeError('network')
    })
    await expect(down.send(to('/v1/me'))).rejects.toThrow('network')
    expect(seen).toHaveLength(3)
    seen = []
    const off = AbortSignal.abort()
    await expect(down.send(to('/v1/me', { signal: off }))).rejects.toThrow()
    expect(seen).toHaveLength(1)
  })

  it('does not exchange anything for somebody who is not signed in', async () => {
    const answer = await transport(server(), undefined).send(to('/v1/sessions'))
    expect(answer.status).toBe(401)
    expect(refreshes()).toBe(0)
  })
})
