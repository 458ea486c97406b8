import type { Point } from './api/types'

const earth = 6371000
const rad = (degrees: number) => (degrees * Math.PI) / 180

/** metres between two points, on a sphere: right to half a percent, more than a street needs. */
export function metres(a: Point, b: Point): number {
  const h =
    Math.sin(rad(b.lat - a.lat) / 2) ** 2 +
    Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(rad(b.lon - a.lon) / 2) ** 2
  return 2 * earth * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** offset of a point from an origin in metres to the east and to the north. */
export function offset(origin: Point, point: Point): { east: number; north: number } {
  const east = rad(point.lon - origin.lon) * earth * Math.cos(rad(origin.lat))
  return { east, north: rad(point.lat - origin.lat) * earth }
}

/** toward moves from one point straight at another by some metres, and stops there. */
export function toward(from: Point, to: Point, by: number): Point {
  const far = metres(from, to)
  if (far <= by || far === 0) return to
  const share = by / far
  return { lat: from.lat + (to.lat - from.lat) * share, lon: from.lon + (to.lon - from.lon) * share }
}

/** away is a point some metres off in a direction given in degrees clockwise from north. */
export function away(from: Point, by: number, bearing: number): Point {
  const north = by * Math.cos(rad(bearing))
  const east = by * Math.sin(rad(bearing))
  const degrees = 180 / Math.PI / earth
  return { lat: from.lat + north * degrees, lon: from.lon + (east * degrees) / Math.cos(rad(from.lat)) }
}

/** distance in words: "350 m" or "1.2 km". */
export function distance(far: number): string {
  return far < 995 ? `${Math.round(far / 10) * 10} m` : `${(far / 1000).toFixed(1)} km`
}
