/** Message is one server-sent event, as the HTML standard dispatches it. */
export type Message = { id: string; event: string; data: string }

/**
 * Parser turns chunks of a text/event-stream into messages. Chunks may break anywhere, even between CR and LF; lines may end
 * in LF, CRLF or CR. It remembers the last id and the retry time that the server asked for.
 */
export class Parser {
  lastEventId: string
  retry: number | undefined
  #rest = ''
  #atStart = true
  #event = ''
  #data: string[] = []
  #id: string

  constructor(lastEventId = '') {
    this.lastEventId = lastEventId
    this.#id = lastEventId
  }

  /** Feed takes the next chunk and answers the messages that it completes. */
  feed(chunk: string): Message[] {
    let text = this.#rest + chunk
    if (this.#atStart && text !== '') {
      this.#atStart = false
      if (text.startsWith('\uFEFF')) text = text.slice(1)
    }
    const messages: Message[] = []
    const lineEnd = /\r\n|\n|\r(?!$)/g // a CR at the very end may be half of a CRLF: wait for the next chunk
    let from = 0
    for (let found = lineEnd.exec(text); found; found = lineEnd.exec(text)) {
      const message = this.#line(text.slice(from, found.index))
      if (message) messages.push(message)
      from = found.index + found[0].length
    }
    this.#rest = text.slice(from)
    return messages
  }

  #line(line: string): Message | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return undefined // a comment, our heartbeat
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#event = value
    else if (field === 'data') this.#data.push(value)
    else if (field === 'id' && !value.includes('\0')) this.#id = value
    else if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value)
    return undefined
  }

  #dispatch(): Message | undefined {
    this.lastEventId = this.#id
    const message = { id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') }
    const empty = this.#data.length === 0
    this.#event = ''
    this.#data = []
    return empty ? undefined : message
  }
}
