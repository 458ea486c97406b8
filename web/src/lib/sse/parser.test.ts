import { describe, expect, it } from 'vitest'
import { type Message, Parser } from './parser'

function parse(chunks: string[], lastEventId = ''): { messages: Message[]; parser: Parser } {
  const parser = new Parser(lastEventId)
  return { messages: chunks.flatMap((chunk) => parser.feed(chunk)), parser }
}

describe('Parser', () => {
  it('reads id, event and data', () => {
    const { messages, parser } = parse(['id: 7\nevent: TicketAssigned\ndata: {"seq":"7"}\n\n'])
    expect(messages).toEqual([{ id: '7', event: 'TicketAssigned', data: '{"seq":"7"}' }])
    expect(parser.lastEventId).toBe('7')
  })

  it('reads the same however the text is cut and whatever ends its lines', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = ['\uFEFF: hello', 'retry: 2500', 'id: 1', 'data: a', 'data:  b', '', 'event: x', 'data', '', ''].join(end)
      const whole = parse([text, 'id: 2\n']).messages
      expect(whole).toEqual([
        { id: '1', event: 'message', data: 'a\n b' },
        { id: '1', event: 'x', data: '' },
      ])
      expect(parse([...text, 'id: 2\n']).messages).toEqual(whole)
      for (let cut = 0; cut < text.length; cut++) {
        expect(parse([text.slice(0, cut), text.slice(cut), 'id: 2\n']).messages).toEqual(whole)
      }
    }
  })

  it('keeps the id when an event has none, as a position has', () => {
    const { messages, parser } = parse(['id: 3\ndata: a\n\nevent: position\ndata: b\n\n'])
    expect(messages.map((one) => one.id)).toEqual(['3', '3'])
    expect(parser.lastEventId).toBe('3')
  })

  it('dispatches nothing for comments and for ids alone, but remembers the id', () => {
    const { messages, parser } = parse([': beat\n\nid: 9\n\n'])
    expect(messages).toEqual([])
    expect(parser.lastEventId).toBe('9')
  })

  it('does not take the id of a message that was cut off', () => {
    const { messages, parser } = parse(['id: 4\ndata: a\n\nid: 5\ndata: half'])
    expect(messages).toHaveLength(1)
    expect(parser.lastEventId).toBe('4')
  })

  it('ignores an id with a null character and a retry that is no number', () => {
    const { parser } = parse(['id: a\0b\nretry: soon\ndata: x\n\n'], '2')
    expect(parser.lastEventId).toBe('2')
    expect(parser.retry).toBeUndefined()
    expect(parse(['retry: 3000\n']).parser.retry).toBe(3000)
  })
})
