import type { Point, Visit } from '$lib/api/types'
import { metres, offset } from '$lib/geo'

/** Mark is where a stop lies on the sketch; stops of one place share a mark. */
export type Mark = { x: number; y: number; numbers: number[]; done: boolean }

/** Sketch is a day's stops in a drawing of a size, north up, with how far the places are apart. */
export type Sketch = { marks: Mark[]; path: { x: number; y: number }[]; across: number }

const apart = 18 // marks nearer than this, in units of the drawing, would hide each other
const near = 60 // metres: a house of its own is shown no larger than this

/** sketch lays a day's stops out, in the order in which they are visited; a stop whose place is not known has no mark. */
export function sketch(visits: Visit[], half: { width: number; height: number }): Sketch {
  const stops = visits
    .map((visit, i) => ({ n: i + 1, at: visit.place?.point, done: visit.state === 'VISIT_STATE_FINISHED' }))
    .filter((stop): stop is { n: number; at: Point; done: boolean } => !!stop.at && (stop.at.lat !== 0 || stop.at.lon !== 0))
  if (stops.length === 0) return { marks: [], path: [], across: 0 }
  const lat = stops.map((stop) => stop.at.lat)
  const lon = stops.map((stop) => stop.at.lon)
  const middle = { lat: (Math.min(...lat) + Math.max(...lat)) / 2, lon: (Math.min(...lon) + Math.max(...lon)) / 2 }
  const offsets = stops.map((stop) => offset(middle, stop.at))
  const scale = Math.min(
    half.width / Math.max(near, ...offsets.map((o) => Math.abs(o.east))),
    half.height / Math.max(near, ...offsets.map((o) => Math.abs(o.north))),
  )
  const path = offsets.map((o) => ({ x: o.east * scale, y: -o.north * scale }))
  const marks: Mark[] = []
  path.forEach((at, i) => {
    const { n, done } = stops[i]!
    const there = marks.find((mark) => Math.hypot(mark.x - at.x, mark.y - at.y) < apart)
    if (there) {
      there.numbers.push(n)
      there.done &&= done
      path[i] = { x: there.x, y: there.y } // the line goes where the mark is
    } else marks.push({ ...at, numbers: [n], done })
  })
  const across = Math.max(0, ...stops.flatMap((a) => stops.map((b) => metres(a.at, b.at))))
  return { marks, path, across }
}
