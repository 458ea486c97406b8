import { describe, expect, it } from 'vitest'
import type { Employee, Technician } from '$lib/api/types'
import { candidates } from './candidates'

const employee = (id: string, on_duty = true, roles = ['technician']) => ({ id, name: id, skills: ['gas'], on_duty, roles }) as Employee
const technician = (staff_id: string, visits = 0, lent_by = '') =>
  ({ staff_id, name: staff_id, skills: ['lift'], on_duty: true, visit_ids: Array.from({ length: visits }, String), lent_by }) as Technician

describe('candidates', () => {
  it('are the people of the district, who is on duty and has least in hand first', () => {
    const found = candidates([employee('a', false), employee('b'), employee('c'), employee('w', true, ['steward'])], [technician('b', 2), technician('c', 1)])
    expect(found.map((one) => one.id)).toEqual(['c', 'b', 'a'])
  })

  it('are also those whom the district has borrowed, once', () => {
    const found = candidates([employee('b')], [technician('b', 1, 'd9'), technician('x', 0, 'd2'), technician('moved')])
    expect(found.map((one) => [one.id, one.load?.lent_by])).toEqual([
      ['x', 'd2'],
      ['b', 'd9'],
    ])
  })

  it('leave out who has it already', () => {
    expect(candidates([employee('a'), employee('b')], [technician('x', 0, 'd2')], 'x').map((one) => one.id)).toEqual(['a', 'b'])
  })
})
