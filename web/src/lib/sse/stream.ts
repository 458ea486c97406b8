import { type Message, Parser } from './parser'

/** Link says how a stream stands; "closed" is final: signed out, or nothing there to follow. */
export type Link = 'connecting' | 'live' | 'waiting' | 'closed'

export type Options = {
  url: string
  /** fetch adds what the request needs: token, language, a refreshed token after a 401. */
  fetch: (url: string, init: RequestInit) => Promise<Response>
  onMessage: (message: Message) => void
  onLink?: (link: Link) => void
  /** after is the id to replay from; without it the stream begins with what happens next. */
  after?: string
  /** wait is a pause before the next attempt; it ends early when the signal aborts. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>
  random?: () => number
}

const firstPause = 1000
const longestPause = 15000
/** silence after which a connection counts as dead; the server sends a heartbeat every 15 s. */
const silence = 45000

/**
 * follow reads a stream until stop is called. It reconnects with Last-Event-ID, so that no message is missed or seen twice,
 * and waits longer after each failure. (EventSource would do, but it can neither send a token nor show why it failed.)
 */
export function follow(options: Options): () => void {
  const stop = new AbortController()
  void run(options, stop.signal)
  return () => stop.abort()
}

async function run(options: Options, signal: AbortSignal): Promise<void> {
  const wait = options.wait ?? sleep
  const random = options.random ?? Math.random
  const link = (value: Link) => {
    if (!signal.aborted || value === 'closed') options.onLink?.(value)
  }
  let lastEventId = options.after ?? ''
  let known = options.after !== undefined
  let failures = 0
  let pause = firstPause
  while (!signal.aborted) {
    link('connecting')
    const parser = new Parser(lastEventId)
    const outcome = await read(options, parser, known, signal, () => {
      failures = 0
      link('live')
    })
    if (parser.lastEventId !== '') {
      lastEventId = parser.lastEventId
      known = true
    }
    if (outcome === 'refused') return link('closed')
    if (signal.aborted) return
    pause = parser.retry ?? pause
    const delay = Math.min(pause * 2 ** failures, longestPause)
    failures++
    link('waiting')
    await wait(delay * (0.75 + random() / 2), signal)
  }
}

async function read(
  options: Options,
  parser: Parser,
  known: boolean,
  signal: AbortSignal,
  onLive: () => void,
): Promise<'ended' | 'refused'> {
  const attempt = new AbortController()
  const abort = () => attempt.abort()
  signal.addEventListener('abort', abort)
  let alarm = setTimeout(abort, silence)
  try {
    const headers: Record<string, string> = { Accept: 'text/event-stream' }
    if (known) headers['Last-Event-ID'] = parser.lastEventId
    const response = await options.fetch(options.url, { headers, signal: attempt.signal, cache: 'no-store' })
    if ([401, 403, 404].includes(response.status)) return 'refused'
    if (!response.ok || !response.body) return 'ended'
    onLive()
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return 'ended'
      clearTimeout(alarm)
      alarm = setTimeout(abort, silence)
      for (const message of parser.feed(value)) if (!signal.aborted) options.onMessage(message)
    }
  } catch {
    return 'ended' // the network went away, or we were told to stop: the caller knows which
  } finally {
    clearTimeout(alarm)
    attempt.abort()
    signal.removeEventListener('abort', abort)
  }
}

/** sleep waits, unless it is told to stop or the device comes back on line. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      globalThis.removeEventListener?.('online', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    globalThis.addEventListener?.('online', done)
  })
}
