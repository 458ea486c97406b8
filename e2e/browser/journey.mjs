// A ticket from the tap to the rating, by three people in three windows: node journey.mjs WORLD, where WORLD is JSON:
// {url, codes, resident, address, near, far, technicians: [{username, password}, …], neighbour, steward, manager, pictures}; near and
// far are places of the first technician on the way, the neighbour is a technician of 2片区, where all else is of 1片区. Nobody may
// be on duty when it begins.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { accessible, sideways, tooSmall } from './checks.mjs'
import { Codes, Manager, Resident, Steward, Technician } from './people.mjs'
import { phone, Stage } from './stage.mjs'

const world = JSON.parse(process.argv[2])
const stage = new Stage(world.url)
const faults = []

/** step says what happens, so that a failure shows how far the journey came. */
async function step(what, act) {
  const result = await act()
  console.log(`ok ${what}`)
  return result
}

/** look judges what stands on a page now. */
async function look(name, page) {
  if (world.pictures) await page.screenshot({ path: join(world.pictures, `${name}.png`) })
  for (const fault of await accessible(page)) faults.push(`${name}: ${fault}`)
  for (const small of await tooSmall(page)) faults.push(`${name}: ${small}`)
  if ((await sideways(page)) > 0) faults.push(`${name}: can be pushed sideways`)
}

const codes = new Codes(world.codes)
const window = /预计 \d\d:\d\d(–\d\d:\d\d)? 到达/

async function arrive() {
  const door = await stage.window(phone)
  await door.goto(world.url)
  await door.getByRole('heading', { level: 1 }).waitFor()
  await look('chooser', door)
  const resident = await Resident.enter(stage, codes, world.resident)
  await look('resident-home', resident.page)
  const steward = await Steward.enter(stage, world.steward)
  await look('console-empty', steward.page)
  const technician = await Technician.enter(stage, world.technicians[0])
  await look('technician-off', technician.page)
  return { resident, steward, technician }
}

/** tap opens a ticket with two taps while nobody works: the console must cry out. */
async function tap({ resident, steward }) {
  const taps = await resident.countsTaps()
  const number = await resident.opens('水管水暖')
  assert.equal(await taps(), 2, 'taps from the home page to an opened ticket')
  await resident.sees('暂时没有空闲的师傅')
  await look('resident-waiting', resident.page)
  await steward.alarm(number).waitFor()
  await look('console-alarm', steward.page)
  return number
}

/** work carries the ticket to its end while the resident's page moves along by itself. */
async function work({ resident, technician }, number) {
  await technician.startsDuty()
  await technician.offer(number).getByRole('timer', { name: /剩余 \d+:\d\d/ }).waitFor()
  await look('technician-offer', technician.page)
  await resident.sees(/^已派给.+，等待接单$/)
  await technician.accepts(number)
  await resident.sees(/已接单$/)
  await resident.sees(window)
  await look('resident-accepted', resident.page)
  await technician.isAt(world.near)
  await technician.departs()
  await technician.sees('正在向住户共享位置')
  await look('technician-under-way', technician.page)
  await resident.sees(/正在赶来$/)
  await resident.map().waitFor()
  await look('resident-under-way', resident.page)
  const soon = await resident.arrival()
  await technician.isAt(world.far) // somewhere else first: the window moves
  const late = await resident.seesArrivalMove(soon)
  assert.ok(late > soon, `from far away not ${late}, but later than ${soon}`)
  await look('resident-arrival-moved', resident.page)
  await technician.arrives()
  await resident.sees(/已到达，正在维修$/)
  await resident.map().waitFor({ state: 'detached' })
  await technician.pauses('等待配件')
  await resident.sees('等待配件')
  await look('technician-paused', technician.page)
  await technician.resumes()
  await technician.finishes('更换角阀，试水正常', 'DN15 角阀 ×1')
  await resident.sees('更换角阀，试水正常')
  await look('resident-finished', resident.page)
}

/** share is the technician's day: the stop that is done on the sketch, and one's own part of the work. */
async function share({ technician }) {
  const stops = await technician.looksAtDay()
  await stops.filter({ hasText: '已完工' }).waitFor()
  assert.equal(await stops.count(), 1, 'stops of the day')
  await technician.page.getByRole('img', { name: '今日路线示意图，共 1 站' }).waitFor()
  const jobs = technician.page.getByTestId('load').getByRole('row').filter({ hasText: '单数' })
  assert.deepEqual(await jobs.getByRole('cell').allTextContents(), ['1', '—', '1', '—'], 'mine, and no median of one person')
  await look('technician-day', technician.page)
  await technician.goesBack()
}

async function rate({ resident, steward }, number) {
  await resident.rates(5, '很快，谢谢师傅')
  await look('resident-rated', resident.page)
  const panel = await steward.looksAt(number)
  await panel.getByText('“很快，谢谢师傅”').waitFor()
  await panel.getByRole('img', { name: '5 星' }).waitFor()
  for (const clock of ['T1', 'T2', 'T3']) assert.match(await panel.getByText(clock, { exact: true }).locator('../..').textContent(), /\d/)
  await panel.getByText('总分').waitFor()
  await look('console-story', steward.page)
}

/** plan is what a manager looks at: a day with one fewer, the promises of the week, and why that technician was sent. */
async function plan(number) {
  const manager = await Manager.enter(stage, world.manager)
  const imagined = await manager.imagines(1)
  await imagined.getByText(/^依据 .+ 次/).waitFor()
  await imagined.getByText(/假定缺勤：.+师傅/).waitFor()
  const shares = await imagined.getByText(/^[\d.]+%/).count()
  assert.ok(shares >= 2, `${shares} shares on time, want that of each plan`)
  await look('console-what-if', manager.page)
  await manager.returns()
  const report = await manager.reports()
  const line = report.getByRole('row').filter({ has: manager.page.getByRole('rowheader', { name: '水管水暖' }) }).first()
  assert.match(await line.textContent(), /1\/1/, 'the ticket that was done in time')
  await look('console-report', manager.page)
  await manager.returns()
  await lead(manager)
  const why = (await manager.looksAt(number)).getByTestId('why')
  await why.getByText('符合条件 1 人').first().waitFor()
  for (const part of ['路程', '总分']) await why.getByText(part, { exact: true }).first().waitFor()
  await look('console-why', manager.page)
  return manager
}

/** lead is what else a manager looks at: whether work is shared fairly, and which district helps which. */
async function lead(manager) {
  const shares = await manager.seesShares()
  const first = shares.getByRole('row').filter({ has: manager.page.getByRole('rowheader', { name: /师傅/ }) }).first()
  assert.equal(await first.getByRole('cell').first().textContent(), '1', 'who did the job comes first')
  await shares.getByRole('rowheader', { name: '中位数' }).waitFor()
  await look('console-shares', manager.page)
  await manager.returns()
  const help = await manager.looksAtHelp()
  await help.getByText('现在没有人被借调').waitFor()
  await manager.helps('1片区', '2片区')
  await manager.sees('已保存1片区的互助关系')
  await manager.page.getByRole('article', { name: '2片区' }).getByText('可支援：1片区').waitFor()
  stage.expected.push('/v1/boards/d2:help')
  const circle = await manager.helps('2片区', '1片区')
  await circle.getByText('支援关系成环（2片区 → 1片区 → 2片区）').waitFor()
  await circle.getByText('使支援关系成环').waitFor() // beside the district that closes the circle
  await look('console-help-refused', manager.page)
  await circle.getByRole('button', { name: '撤销' }).click()
  await manager.page.getByRole('article', { name: '1片区' }).getByRole('button', { name: '移除2片区' }).click()
  await manager.page.getByRole('article', { name: '1片区' }).getByRole('button', { name: '保存' }).click()
  await manager.page.getByRole('article', { name: '2片区' }).getByText('可支援：1片区').waitFor({ state: 'detached' })
  await look('console-help', manager.page)
  await manager.returns()
}

/** borrow: nobody of the district works any more, and a neighbour is lent to it, who can be chosen by hand, too. */
async function borrow({ resident, steward, technician, manager }, worker) {
  for (const one of new Set([technician, worker])) {
    await one.page.goto(`${stage.url}/technician/`)
    await one.endsDuty()
  }
  const neighbour = await Technician.enter(stage, world.neighbour)
  await neighbour.startsDuty()
  await manager.looksAtHelp()
  await manager.helps('1片区', '2片区')
  await manager.page.getByTestId('loans').getByRole('row').filter({ hasText: '2片区' }).getByText(await neighbour.name()).waitFor()
  await look('console-loans', manager.page)
  await resident.goesHome()
  const number = await resident.opens('电路照明') // for which nobody has the certificate
  await steward.alarm(number).waitFor()
  await steward.looksAt(number)
  await steward.seesCandidate(await neighbour.name(), '外区支援', (page) => look('console-borrowed', page)) // of a district that a steward does not see
  await manager.returns()
  await manager.looksAt(number)
  await manager.seesCandidate(await neighbour.name(), '借自2片区', () => {})
  return neighbour
}

/** giveWay: an emergency takes precedence of what the technician has in hand, who reads for which one. */
async function giveWay({ resident }, neighbour, number) {
  await neighbour.accepts(number)
  await resident.goesHome()
  const urgent = await resident.opens('水管水暖', '水管爆了，客厅全是水', true)
  await neighbour.goesBack()
  await neighbour.sees(`让给 ${urgent}（水管水暖）`)
  await look('technician-bumped', neighbour.page)
  await neighbour.looksAtDay()
  await neighbour.sees(`让给 ${urgent}（水管水暖）`)
}

/** two is work for two: the first goes ahead while nobody can come along, and whoever comes on duty does. */
async function two({ resident, steward, technician }, before) {
  const first = await technician.name()
  await resident.goesHome()
  const number = await resident.opens('电梯', '电梯关门时有异响')
  await technician.offer(number).getByText('双人作业').waitFor()
  await technician.accepts(number)
  await technician.sees('双人作业：暂无协助人员')
  await resident.sees('这项维修需要两位师傅')
  await steward.card(number).getByText('暂无协助人员').waitFor()
  await steward.looksAt(number)
  await steward.panel().getByRole('button', { name: '派协助人员' }).waitFor()
  await look('console-second-missing', steward.page)
  const other = await Technician.enter(stage, world.technicians[1])
  await other.startsDuty()
  await along({ resident, steward, technician, other }, number, first)
  await technician.departs()
  await technician.arrives()
  await technician.finishes('更换门机皮带，试运行正常', '')
  await other.sees('这个任务已结束')
  await other.goesBack()
  await resident.looksAt(before)
  return other
}

/** along is the second technician's part: asked, on the way, at the door; everybody sees both. */
async function along({ resident, steward, technician, other }, number, first) {
  const second = `协助人员 ${await other.name()}`
  await other.offer(number).getByText(`协助 ${first}`).waitFor()
  await look('technician-second-offer', other.page)
  stage.expected.push(resident.page.url().replace(/.*#\/t\//, '/v1/tickets/')) // may be asked for before it has heard of the second
  await other.accepts(number)
  await other.sees('电梯关门时有异响')
  await resident.sees(second)
  await steward.panel().getByText(second).first().waitFor()
  await other.departs()
  await other.joins()
  for (const one of [resident, technician, steward]) await one.sees(`${second} 已到达`)
  await look('resident-two', resident.page)
  await look('technician-two', technician.page)
  await look('technician-second', other.page)
  await look('console-two', steward.page)
}

/** call opens a ticket for a resident who phones, in free words, and sends somebody else by hand, with a reason. */
async function call({ steward, technician, other }) {
  const workers = { [await technician.name()]: technician, [await other.name()]: other }
  const number = await steward.opensFor(world.address, '卫生间水龙头一直滴水', (page) => look('console-phone', page))
  await steward.panel().getByText('卫生间水龙头一直滴水').first().waitFor()
  const name = await steward.transfers('住户指定', (page) => look('console-transfer', page))
  await steward.panel().getByText('人工派单').first().waitFor()
  await steward.panel().getByText('“住户指定”').waitFor()
  await workers[name].declines(number, '手头还有活')
  await steward.panel().getByText('未接').first().waitFor()
  await look('console-declined', steward.page)
  const [left] = Object.keys(workers).filter((other) => other !== name)
  await workers[left].declines(number, '手头还有活')
  return { number, name, worker: workers[name] }
}

/** persuade assigns by hand what nobody took: somebody who declined is talked into it. */
async function persuade({ steward }, { number, name, worker }) {
  await steward.alarm(number).waitFor()
  await steward.column('待派单').getByText(number).waitFor()
  await look('console-unassigned', steward.page)
  await steward.assigns(name, '电话沟通后同意上门', (page) => look('console-assign', page))
  await steward.panel().getByText('“电话沟通后同意上门”').waitFor()
  await steward.column('待派单').getByText(number).waitFor({ state: 'detached' })
  await look('console-assigned', steward.page)
  await worker.hides()
  await worker.accepts(number)
  await worker.departs()
  await worker.walks()
  await look('technician-walking', worker.page)
}

/** again: what was rated is not fixed after all, and the same ticket returns. */
async function again({ resident, steward }, number) {
  await resident.saysNotFixed('又开始滴水')
  await resident.sees('第 2 次')
  await steward.column('已完工').getByText(number).waitFor({ state: 'detached' })
}

/** tell: another ticket in free words with a photo, a call for haste, and a change of mind. */
async function tell({ resident, steward }) {
  await resident.goesHome()
  const number = await resident.tells('客厅插座冒火花，怕有危险', await steward.page.screenshot())
  await resident.sees('电路照明')
  await resident.page.getByRole('img', { name: '现场照片' }).waitFor()
  await resident.urges()
  await look('resident-photo', resident.page)
  await steward.card(number).getByText('催 1 次').waitFor()
  await resident.cancels('物业已经断电')
}

async function english({ resident, steward }) {
  await resident.goesHome()
  for (const { page } of [resident, steward]) await page.getByRole('button', { name: 'English' }).click()
  await resident.page.getByRole('heading', { name: 'Home repair' }).waitFor()
  await steward.page.getByRole('button', { name: 'Open for a caller' }).waitFor()
  await look('resident-english', resident.page)
  await look('console-english', steward.page)
  for (const { page } of [resident, steward]) await page.emulateMedia({ colorScheme: 'dark' })
  await look('resident-dark', resident.page)
  await look('console-dark', steward.page)
}

try {
  if (world.pictures) await mkdir(world.pictures, { recursive: true })
  const people = await step('three people sign in', arrive)
  const number = await step('two taps open a ticket; nobody is on duty and the console cries out', () => tap(people))
  await step('a technician accepts, comes, pauses and finishes; the resident sees every step', () => work(people, number))
  await step('the technician reads the day and their part of the work', () => share(people))
  await step('the resident rates, and the console shows it with the whole story', () => rate(people, number))
  people.manager = await step('a manager imagines a day with one fewer, reads promises and shares, sets who helps whom and sees why that technician was sent', () => plan(number))
  people.other = await step('work for two is begun by one; another comes along, and everybody sees both', () => two(people, number))
  const declined = await step('a steward opens for a caller in free words and sends another technician', () => call(people))
  await step('what everybody declined is assigned by hand, for a reason', () => persuade(people, declined))
  await step('what is not fixed returns on the same ticket', () => again(people, number))
  await step('a resident tells it in words with a photo, asks for haste and cancels', () => tell(people))
  const neighbour = await step('a neighbour district lends a technician, who can be chosen by hand', () => borrow(people, declined.worker))
  await step('an emergency takes precedence, and the technician reads of which', () => giveWay(people, neighbour, number))
  await step('the pages speak English, and are read in the dark', () => english(people))
  assert.deepEqual(faults, [], 'what shuts people out')
  assert.deepEqual(stage.complaints, [], 'what went wrong behind the pages')
} catch (error) {
  console.error(error)
  if (world.pictures) for (const path of await stage.photograph(world.pictures)) console.error(`see ${path}`)
  for (const complaint of [...faults, ...stage.complaints]) console.error(complaint)
  process.exitCode = 1
} finally {
  await stage.close()
}
