import { describe, expect, it } from 'vitest'
import { appOf, homeOf } from './store'
import { problemOf } from './problem'

describe('where people belong', () => {
  it.each([
    [{ person_id: 'p' }, 'resident'],
    [{ staff_id: 's', roles: ['technician'] }, 'technician'],
    [{ staff_id: 's', roles: ['steward'] }, 'console'],
    [{ staff_id: 's', roles: ['technician', 'manager'] }, 'console'],
    [{ staff_id: 's', roles: ['guard'] }, 'technician'],
    [{ staff_id: 's', roles: ['cleaner'] }, 'technician'],
    [{ staff_id: 's', roles: ['operator'] }, undefined],
  ])('%j → %s', (me, app) => {
    expect(homeOf(me)).toBe(app)
  })

  it('tells the page from its path', () => {
    expect([appOf('/resident/'), appOf('/technician/index.html'), appOf('/'), appOf('/v1/me')]).toEqual(['resident', 'technician', undefined, undefined])
  })
})

describe('problemOf', () => {
  it('reads problem+json', () => {
    const problem = problemOf(409, { code: 'tickets.closed', detail: '该工单已关闭', trace_id: 't', errors: [{ field: 'id', detail: 'x' }] })
    expect(problem).toMatchObject({ status: 409, code: 'tickets.closed', message: '该工单已关闭', traceId: 't', unsure: false })
    expect(problem.fields).toHaveLength(1)
  })

  it('makes do with a page that is none', () => {
    expect(problemOf(502, '<html>')).toMatchObject({ code: 'http.502', message: '', unsure: true, fields: [] })
    expect(problemOf(404, undefined).code).toBe('http.404')
  })
})
