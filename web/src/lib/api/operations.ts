import { answer, client, keyed, seen } from './client'
import type { OpenTicket, PauseReason, Point, SignIn, State } from './types'

const at = (id: string) => ({ path: { id } })
const ofTicket = (ticket_id: string) => ({ path: { ticket_id } })

export const sessions = {
  requestCode: (phone: string) => answer(client.POST('/v1/otps', { body: { phone } })),
  create: (body: SignIn) => answer(client.POST('/v1/sessions', { body })),
  me: () => answer(client.GET('/v1/me')),
}

export const serverClock = () => answer(client.GET('/v1/clock'))

export type TicketFilter = { district_id?: string; states?: State[]; category?: string; page_size?: number; page_token?: string }
export type Chosen = { staff_id: string; reason: string }

export const tickets = {
  categories: () => answer(client.GET('/v1/categories')),
  list: (query: TicketFilter) => answer(client.GET('/v1/tickets', { params: { query } })),
  get: (id: string) => answer(client.GET('/v1/tickets/{id}', { params: at(id) })),
  story: (id: string) => answer(client.GET('/v1/tickets/{id}/story', { params: at(id) })),
  similar: (home_id: string, category: string) =>
    answer(client.GET('/v1/tickets:similar', { params: { query: { home_id, category } } })),
  open: (body: OpenTicket, key: string) => answer(client.POST('/v1/tickets', { body, headers: keyed(key) })),
  follow: (id: string, key: string) =>
    answer(client.POST('/v1/tickets/{id}:follow', { params: at(id), headers: keyed(key) })),
  urge: (id: string, key: string) =>
    answer(client.POST('/v1/tickets/{id}:urge', { params: at(id), body: {}, headers: keyed(key) })),
  cancel: (id: string, reason: string, key: string) =>
    answer(client.POST('/v1/tickets/{id}:cancel', { params: at(id), body: { reason }, headers: keyed(key) })),
  rate: (id: string, body: { stars: number; words: string }, key: string) =>
    answer(client.POST('/v1/tickets/{id}:rate', { params: at(id), body, headers: keyed(key) })),
  reopen: (id: string, words: string, key: string) =>
    answer(client.POST('/v1/tickets/{id}:reopen', { params: at(id), body: { words }, headers: keyed(key) })),
  pause: (id: string, body: { reason: PauseReason; words: string }, etag: string, key: string) =>
    answer(client.POST('/v1/tickets/{id}:pause', { params: { ...at(id), header: seen(etag) }, body, headers: keyed(key) })),
  resume: (id: string, etag: string, key: string) =>
    answer(client.POST('/v1/tickets/{id}:resume', { params: { ...at(id), header: seen(etag) }, headers: keyed(key) })),
  assign: (id: string, body: Chosen, key: string) =>
    answer(client.POST('/v1/tickets/{ticket_id}:assign', { params: ofTicket(id), body, headers: keyed(key) })),
  transfer: (id: string, body: Chosen, key: string) =>
    answer(client.POST('/v1/tickets/{ticket_id}:transfer', { params: ofTicket(id), body, headers: keyed(key) })),
  promises: (query: { from: string; until: string }) => answer(client.GET('/v1/reports/promises', { params: { query } })),
  decisions: (id: string) => answer(client.GET('/v1/tickets/{ticket_id}/decisions', { params: ofTicket(id) })),
  position: (id: string) => answer(client.GET('/v1/tickets/{ticket_id}/position', { params: ofTicket(id) })),
}

export const photos = {
  upload: (picture: Blob, key: string) =>
    answer(
      client.POST('/v1/photos', {
        body: '', // the schema knows bytes only as a string; the serializer sends the picture itself
        bodySerializer: () => picture,
        headers: { ...keyed(key), 'Content-Type': picture.type },
      }),
    ),
}

export const visits = {
  mine: () => answer(client.GET('/v1/visits')),
  day: () => answer(client.GET('/v1/me/day')),
  accept: (id: string, key: string) =>
    answer(client.POST('/v1/visits/{id}:accept', { params: at(id), headers: keyed(key) })),
  decline: (id: string, reason: string, key: string) =>
    answer(client.POST('/v1/visits/{id}:decline', { params: at(id), body: { reason }, headers: keyed(key) })),
  depart: (id: string, key: string) =>
    answer(client.POST('/v1/visits/{id}:depart', { params: at(id), headers: keyed(key) })),
  arrive: (id: string, key: string) =>
    answer(client.POST('/v1/visits/{id}:arrive', { params: at(id), headers: keyed(key) })),
  finish: (id: string, body: { words: string; materials: string }, key: string) =>
    answer(client.POST('/v1/visits/{id}:finish', { params: at(id), body, headers: keyed(key) })),
  report: (point: Point, when: string, key: string) =>
    answer(client.POST('/v1/positions', { body: { point, at: when }, headers: keyed(key) })),
}

export const duty = {
  mine: () => answer(client.GET('/v1/duty')),
  start: (point: Point | undefined, key: string) =>
    answer(client.POST('/v1/duty:start', { body: point ? { point } : {}, headers: keyed(key) })),
  end: (key: string) => answer(client.POST('/v1/duty:end', { headers: keyed(key) })),
}

export const places = {
  districts: () => answer(client.GET('/v1/districts')),
  communities: (district_id: string) =>
    answer(client.GET('/v1/districts/{district_id}/communities', { params: { path: { district_id } } })),
  myHomes: () => answer(client.GET('/v1/me/homes')),
  homes: (query: string) => answer(client.GET('/v1/homes', { params: { query: { query, page_size: 20 } } })),
  occupants: (home_id: string) => answer(client.GET('/v1/homes/{home_id}/occupants', { params: { path: { home_id } } })),
}

export const staff = {
  list: (district_id: string) => answer(client.GET('/v1/staff', { params: { query: { district_id } } })),
  board: (district_id: string) => answer(client.GET('/v1/boards/{district_id}', { params: { path: { district_id } } })),
  loads: (district_id: string) => answer(client.GET('/v1/boards/{district_id}/loads', { params: { path: { district_id } } })),
  help: () => answer(client.GET('/v1/boards:help')),
  setHelp: (district_id: string, helper_ids: string[], etag: string, key: string) =>
    answer(
      client.POST('/v1/boards/{district_id}:help', {
        params: { path: { district_id }, header: seen(etag) },
        body: { helper_ids },
        headers: keyed(key),
      }),
    ),
  whatIf: (district_id: string, query: { day: string; from_hour: number; to_hour: number; skill: string; fewer: number }) =>
    answer(client.GET('/v1/boards/{district_id}/what-if', { params: { path: { district_id }, query } })),
}
