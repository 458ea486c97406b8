import { describe, expect, it } from 'vitest'
import { follow, type Link } from './stream'

const encoder = new TextEncoder()

/** body answers the text and then ends, or stays open when told so. */
function body(text: string, open = false): Response {
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(text))
      if (!open) controller.close()
    },
  })
  return new Response(stream, { headers: { 'Content-Type': 'text/event-stream' } })
}

type Step = () => Response | Promise<Response>

/** play follows a server that answers one step after the other, until the last one has been read. */
function play(steps: Step[], after?: string) {
  const asked: (string | null)[] = []
  const waits: number[] = []
  const got: string[] = []
  const links: Link[] = []
  return new Promise<{ asked: typeof asked; waits: number[]; got: string[]; links: Link[] }>((resolve) => {
    const stop = follow({
      url: '/v1/me/events',
      after,
      random: () => 0.5,
      fetch: async (_url, init) => {
        asked.push(new Headers(init.headers).get('Last-Event-ID'))
        return steps[asked.length - 1]!()
      },
      onMessage: (message) => {
        got.push(message.data)
        if (message.data === 'end') finish()
      },
      onLink: (link) => {
        links.push(link)
        if (link === 'closed') finish()
      },
      wait: async (ms) => void waits.push(ms),
    })
    const finish = () => {
      stop()
      resolve({ asked, waits, got, links })
    }
  })
}

describe('follow', () => {
  it('comes back with the last id, so that nothing is missed or seen twice', async () => {
    const { asked, got } = await play([
      () => body('id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: cut'),
      () => body('id: 3\ndata: c\n\n'),
      () => body('id: 4\ndata: end\n\n', true),
    ])
    expect(asked).toEqual([null, '2', '3'])
    expect(got).toEqual(['a', 'b', 'c', 'end'])
  })

  it('replays from where it was told to', async () => {
    const { asked } = await play([() => body('id: 1\ndata: end\n\n', true)], '0')
    expect(asked).toEqual(['0'])
  })

  it('waits longer after each failure, as long as the server asked for, and 15 s at most', async () => {
    const fail = () => Promise.reject(new TypeError('network'))
    const { waits, links } = await play([
      () => body('retry: 2000\ndata: a\n\n'),
      fail,
      () => new Response('', { status: 503 }),
      fail,
      fail,
      fail,
      () => body('data: end\n\n', true),
    ])
    expect(waits).toEqual([2000, 4000, 8000, 15000, 15000, 15000])
    expect(links.slice(0, 4)).toEqual(['connecting', 'live', 'waiting', 'connecting'])
  })

  it('starts over with a short wait once it was live again', async () => {
    const fail = () => Promise.reject(new TypeError('network'))
    const { waits } = await play([fail, fail, () => body('data: a\n\n'), () => body('data: end\n\n', true)])
    expect(waits).toEqual([1000, 2000, 1000])
  })

  it('gives up when it may not read, or there is nothing to read', async () => {
    for (const status of [401, 403, 404]) {
      const { asked, links } = await play([() => new Response('', { status })])
      expect(asked).toHaveLength(1)
      expect(links.at(-1)).toBe('closed')
    }
  })

  it('aborts the request when it is stopped', async () => {
    const aborted = await new Promise<boolean>((resolve) => {
      const stop = follow({
        url: '/',
        fetch: async (_url, init) => {
          init.signal!.addEventListener('abort', () => resolve(true))
          return body('data: a\n\n', true)
        },
        onMessage: () => stop(),
      })
    })
    expect(aborted).toBe(true)
  })
})
