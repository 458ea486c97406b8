// Draws the pictures of the README: node pictures.mjs BINARY FOLDER. A demo community lives through a real morning first, so
// that the board is as full as it is at work; then the clock slows down to life, and a pipe bursts. Fonts for Chinese must be
// installed (Debian: fonts-noto-cjk).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Codes, Resident, Steward, Technician } from './people.mjs'
import { Stage } from './stage.mjs'

const [binary, folder] = process.argv.slice(2)
const requests = fileURLToPath(new URL('../../services/allinone/replay/testdata/service-requests-2025-03-24.csv', import.meta.url))
const morning = { from: '2025-03-24T08:50:00+08:00', until: '2025-03-24T09:40:00+08:00', speed: 120 }
const largest = 300_000 // bytes of a picture in the repository

/** serve starts a demo and answers where it is and who may sign in, as its greeting says. */
async function serve(data, ...more) {
  const child = spawn(binary, ['serve', '--demo', '--data', data, '--http', '127.0.0.1:0', ...more], { stdio: ['ignore', 'pipe', 'ignore'] })
  const found = { logins: {}, stop: () => stop(child) }
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /(http:\S+)\/console\//.exec(line)
    if (address) found.url = address[1]
    const login = /(resident|technician|manager)\s+(\S+)\s+(\S+)/.exec(line)
    if (login && /^\w+$/.test(login[2])) found.logins[login[1]] = { username: login[2], password: login[3] }
    if (found.url && found.logins.manager) break
  }
  assert.ok(found.logins.manager, `${binary} serve did not greet`)
  child.stdout.resume()
  return found
}

async function stop(child) {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** live lets the community live until a time of its clock. */
async function live(server, data) {
  const people = spawn(binary, ['replay', requests, '--url', server.url, '--otp-log', join(data, 'otp.log')], { stdio: 'ignore' })
  const clock = async () => Date.parse((await (await fetch(`${server.url}/v1/clock`)).json()).now)
  while ((await clock()) < Date.parse(morning.until)) await pause(500)
  await stop(people)
}

/** visitorOf asks the platform who was sent to a ticket; usernames of the demo are staff ids. */
async function visitorOf(server, ticket) {
  const ask = async (path, { token, ...init } = {}) => {
    const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }
    return (await fetch(server.url + path, { headers, ...init })).json()
  }
  const { access_token: token } = await ask('/v1/sessions', { method: 'POST', body: JSON.stringify(server.logins.manager) })
  const { visitor } = await ask(`/v1/tickets/${ticket}`, { token })
  return { username: visitor.staff_id, password: server.logins.technician.password }
}

/** burst opens an emergency and sends the nearest technician on the way; it answers the number of the ticket. */
async function burst(server, resident, stage) {
  const fresh = await Technician.enter(stage, server.logins.technician)
  await fresh.startsDuty()
  const number = await resident.opens('水管水暖', '厨房水管爆了，水漫出来了', true)
  await resident.sees('等待接单')
  const chosen = await visitorOf(server, resident.page.url().split('/t/')[1])
  const technician = chosen.username === server.logins.technician.username ? fresh : await Technician.enter(stage, chosen)
  await technician.accepts(number)
  await technician.departs()
  await technician.walks()
  await technician.sees(/约 [34]\d\d m/)
  return number
}

async function draw(server, data) {
  const sharp = new Stage(server.url, { scale: 2 })
  const plain = new Stage(server.url)
  const keep = async (page, name) => {
    const path = join(folder, name)
    await page.screenshot({ path })
    assert.ok((await stat(path)).size <= largest, `${path} is too large for a repository`)
  }
  try {
    const steward = await Steward.enter(plain, server.logins.manager)
    const resident = await Resident.enter(sharp, new Codes(join(data, 'otp.log')), server.logins.resident.username)
    const number = await burst(server, resident, plain)
    await resident.map().waitFor()
    await keep(resident.page, 'resident.png')
    await steward.looksAt(number)
    await keep(steward.page, 'console.png')
  } finally {
    await Promise.all([sharp.close(), plain.close()])
  }
}

const data = await mkdtemp(join(tmpdir(), 'linli-pictures-'))
try {
  const fast = await serve(data, '--clock-start', morning.from, '--clock-speed', String(morning.speed))
  await live(fast, data).finally(fast.stop)
  const slow = await serve(data)
  await draw(slow, data).finally(slow.stop)
} finally {
  await rm(data, { recursive: true, force: true })
}
