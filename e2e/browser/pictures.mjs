// Draws the pictures of the README: node pictures.mjs BINARY FOLDER. A demo community lives through a real morning first, so that
// the board is as full as it is at work; then the clock slows down to life and the people of the pictures meet.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Codes, Resident, Steward, Technician } from './people.mjs'
import { Stage } from './stage.mjs'

const [binary, folder] = process.argv.slice(2)
const day = fileURLToPath(new URL('../../services/allinone/replay/testdata/service-requests-2025-03-24.csv', import.meta.url))
const morning = { from: '2025-03-24T08:50:00+08:00', until: '2025-03-24T10:20:00+08:00', speed: 120 }

/** serve starts a demo and answers where it is and who may sign in, as its greeting says. */
async function serve(data, ...more) {
  const child = spawn(binary, ['serve', '--demo', '--data', data, '--http', '127.0.0.1:0', ...more], { stdio: ['ignore', 'pipe', process.env.LOUD ? 'inherit' : 'ignore'] })
  const found = { logins: {} }
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /console\s+(http:\S+)\/console\//.exec(line)
    if (address) found.url = address[1]
    const login = /^\s+(resident|technician|steward|manager)\s+(\S+)\s+(\S+)/.exec(line)
    if (login) found.logins[login[1]] = { username: login[2], password: login[3] }
    if (found.url && found.logins.manager) break
  }
  child.stdout.resume()
  return { ...found, stop: () => stop(child) }
}

async function stop(child) {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** live lets the community live until a time of its clock. */
async function live(server, data) {
  const people = spawn(binary, ['replay', day, '--url', server.url, '--otp-log', join(data, 'otp.log')], { stdio: 'ignore' })
  const clock = async () => (await (await fetch(`${server.url}/v1/clock`)).json()).now
  while (Date.parse(await clock()) < Date.parse(morning.until)) await new Promise((next) => setTimeout(next, 500))
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

async function draw(server, data) {
  const sharp = new Stage(server.url, { scale: 2 })
  const plain = new Stage(server.url)
  try {
    const steward = await Steward.enter(plain, server.logins.manager)
    const resident = await Resident.enter(sharp, new Codes(join(data, 'otp.log')), server.logins.resident.username)
    const fresh = await Technician.enter(plain, server.logins.technician)
    await fresh.startsDuty()
    const number = await resident.opens('水管水暖', '厨房水管爆了，水漫出来了', true)
    await resident.sees('等待接单')
    const ticket = resident.page.url().split('/t/')[1]
    const chosen = await visitorOf(server, ticket)
    const technician = chosen.username === server.logins.technician.username ? fresh : await Technician.enter(plain, chosen)
    await technician.accepts(number)
    await technician.departs()
    await technician.walks()
    await resident.sees('正在赶来')
    await resident.page.getByRole('img', { name: /师傅距您家约/ }).waitFor()
    await technician.left(/约 [34]\d\d/)
    const panel = await steward.looksAt(number)
    await panel.getByText('出发').first().waitFor()
    await steward.page.screenshot({ path: join(folder, 'console.png') })
    await resident.page.screenshot({ path: join(folder, 'resident.png') })
  } catch (e) { await Promise.all(['sharp','plain'].map(async (n)=>{const st={sharp,plain}[n]; for (const [i,w] of st.windows.entries()) await w.context.pages()[0].screenshot({path:`/tmp/shots/fail-${n}-${i}.png`})})); throw e } finally {
    await sharp.close()
    await plain.close()
  }
}

const data = process.env.DD ?? await mkdtemp(join(tmpdir(), 'linli-pictures-'))
try {
  if (!process.env.SLOW) { const fast = await serve(data, '--clock-start', morning.from, '--clock-speed', String(morning.speed))
  await live(fast, data).finally(fast.stop) }
  const slow = await serve(data)
  await draw(slow, data).finally(slow.stop)
} finally {
  if (!process.env.DD) await rm(data, { recursive: true, force: true })
}
