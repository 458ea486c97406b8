/** FieldError tells what is wrong with one field. */
export type FieldError = { field: string; detail: string }

/** Problem is an answer that is not a success (RFC 9457), or the lack of any answer. Decide by code; detail is for people. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly traceId: string
  readonly fields: FieldError[]

  constructor(status: number, code: string, detail: string, traceId = '', fields: FieldError[] = []) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.traceId = traceId
    this.fields = fields
  }

  /** unsure says that the request may have been carried out all the same: a repeat must carry the same Idempotency-Key. */
  get unsure(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 408 || this.status === 429
  }
}

type Body = {
  code?: string
  title?: string
  detail?: string
  trace_id?: string
  errors?: FieldError[]
}

/** problemOf reads a refusal; a body that is no problem+json (a proxy's page) yields the code "http.<status>". */
export function problemOf(status: number, body: unknown): Problem {
  const told = (typeof body === 'object' && body !== null ? body : {}) as Body
  return new Problem(
    status,
    told.code ?? `http.${status}`,
    told.detail || told.title || '',
    told.trace_id ?? '',
    Array.isArray(told.errors) ? told.errors : [],
  )
}
