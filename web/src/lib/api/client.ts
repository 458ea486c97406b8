import createClient from 'openapi-fetch'
import { Problem, problemOf } from './problem'
import type { paths } from './schema'
import { transport } from './session.svelte'

/** client knows every path, body and answer of openapi.json; a call that does not fit does not compile. */
export const client = createClient<paths>({
  baseUrl: globalThis.location?.origin,
  fetch: transport.send,
  querySerializer: { array: { style: 'form', explode: true } },
})

type Result<T> = { data?: T; error?: unknown; response: Response }

/** answer is the body of a success; anything else is thrown as a Problem. */
export async function answer<T>(call: Promise<Result<T>>): Promise<T> {
  let result: Result<T>
  try {
    result = await call
  } catch {
    throw new Problem(0, 'network', '')
  }
  if (!result.response.ok) throw problemOf(result.response.status, result.error)
  return result.data as T
}

/** keyed is the header that makes a change happen once, however often it is sent. */
export const keyed = (key: string) => ({ 'Idempotency-Key': key })

/** seen is the header that says which version of a thing the person had in view. */
export const seen = (etag: string) => ({ 'If-Match': `"${etag.replaceAll('"', '')}"` })
