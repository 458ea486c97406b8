import type { Entry } from './api/types'
import { transport } from './api/session.svelte'
import { follow, type Link } from './sse/stream'

type Handlers = {
  /** onEntry takes one line of the feed; every line comes once. */
  onEntry?: (entry: Entry) => void
  /** onOther takes what is not kept in the feed, such as a position. */
  onOther?: (event: string, data: unknown) => void
  /** onLive is called whenever the stream stands again: what happened meanwhile may not be in it. */
  onLive?: () => void
  /** onReset is called when the feed is another one than before, and is followed anew; it is as being live again if not set. */
  onReset?: () => void
}

/** Live is a feed that is being followed; link says how it stands. */
export class Live {
  link = $state<Link>('connecting')
  readonly stop: () => void
  #last = 0

  /** after is the sequence number to replay from; 0 replays all, undefined begins now. */
  constructor(path: string, handlers: Handlers, after?: number) {
    this.stop = follow({
      url: path,
      after: after === undefined ? undefined : String(after),
      fetch: (url, init) => transport.send(new Request(new URL(url, location.href), init)),
      onLink: (link) => {
        this.link = link
        if (link === 'live') handlers.onLive?.()
      },
      onMessage: (message) => {
        if (message.event === 'reset') {
          this.#last = 0
          return (handlers.onReset ?? handlers.onLive)?.()
        }
        const data = parsed(message.data)
        if (data === undefined) return
        if (message.event === 'position') return handlers.onOther?.('position', data)
        const entry = data as Entry
        const seq = Number(entry.seq)
        if (seq > 0 && seq <= this.#last) return
        this.#last = Math.max(this.#last, seq || 0)
        handlers.onEntry?.(entry)
      },
    })
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

/** gather calls work once, a moment after the last of many calls, but no later than the longest wait. */
export function gather(work: () => void, wait = 120, longest = 600): { (): void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let first = 0
  const ask = () => {
    const now = performance.now()
    if (!timer) first = now
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        timer = undefined
        work()
      },
      Math.max(0, Math.min(wait, first + longest - now)),
    )
  }
  ask.stop = () => clearTimeout(timer)
  return ask
}
