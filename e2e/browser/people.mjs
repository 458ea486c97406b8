// What people do on the pages, in the words that stand on the buttons: a page that says something else, or says it only
// in colour, breaks these.
import { open, stat } from 'node:fs/promises'
import { desk, phone } from './stage.mjs'

/** Codes reads one-time codes where a demo leaves them. */
export class Codes {
  constructor(path) {
    this.path = path
  }

  /** after answers the code that was written for a phone while doing what is given. */
  async after(number, act) {
    const { size } = await stat(this.path)
    await act()
    const masked = `${number.slice(0, 3)}****${number.slice(7)}`
    const file = await open(this.path)
    try {
      for await (const line of file.readLines({ start: size })) {
        const found = /\bcode=(\d+) phone=(\S+)$/.exec(line)
        if (found?.[2] === masked) return found[1]
      }
    } finally {
      await file.close()
    }
    throw new Error(`no code for ${masked} in ${this.path}`)
  }
}

const button = (page, name) => page.getByRole('button', { name })
const seen = (page, words) => page.getByText(words).first().waitFor()

export class Resident {
  static async enter(stage, codes, number) {
    const page = await stage.window(phone)
    await page.goto(stage.url)
    await page.getByRole('link', { name: '我是住户' }).click()
    await page.getByLabel('手机号').fill(number)
    const code = await codes.after(number, async () => {
      await button(page, '获取验证码').click()
      await page.getByLabel('验证码').waitFor()
    })
    await page.getByLabel('验证码').fill(code)
    await page.getByRole('heading', { name: '居家维修' }).waitFor()
    return new Resident(page)
  }

  constructor(page) {
    this.page = page
  }

  /** opens a ticket with two taps, or more when there is something to say, and answers its number. */
  async opens(tile, words = '', emergency = false) {
    await button(this.page, tile).click()
    const sheet = this.page.getByRole('dialog', { name: tile })
    if (words) await sheet.getByLabel('补充说明').fill(words)
    if (emergency) await sheet.getByRole('switch').check()
    await sheet.getByRole('button', { name: '提交报修' }).click()
    return this.#number()
  }

  /** tells what is broken in own words, with a picture of it, and answers the number of the ticket. */
  async tells(words, photo) {
    await button(this.page, /^说说哪里坏了/).click()
    const sheet = this.page.getByRole('dialog', { name: '说说哪里坏了' })
    await sheet.getByLabel('哪里坏了').fill(words)
    await sheet.getByLabel('加照片').setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: photo })
    await sheet.getByRole('img', { name: '现场照片' }).waitFor()
    await sheet.getByRole('button', { name: '提交报修' }).click()
    return this.#number()
  }

  async urges() {
    await button(this.page, '催一下').click()
    await this.sees('已催单')
  }

  async cancels(why) {
    await button(this.page, '取消报修').click()
    const sheet = this.page.getByRole('dialog', { name: '取消报修' })
    await sheet.getByLabel('原因').fill(why)
    await sheet.getByRole('button', { name: '确认取消' }).click()
    await this.sees('这次报修已取消')
  }

  async goesHome() {
    await button(this.page, '返回').click()
    await this.page.getByRole('heading', { name: '居家维修' }).waitFor()
  }

  /** looksAt opens a ticket that stands on the home page. */
  async looksAt(number) {
    await this.goesHome()
    await this.page.getByRole('link').filter({ hasText: number }).click()
    await this.page.getByRole('heading', { name: number }).waitFor()
  }

  async #number() {
    const title = this.page.getByRole('heading', { name: /^报修 \S/ })
    return (await title.textContent()).replace('报修', '').trim()
  }

  sees(words) {
    return seen(this.page, words)
  }

  /** countsTaps answers a function that tells how often the page was tapped since. */
  async countsTaps() {
    await this.page.evaluate(() => {
      globalThis.taps = 0
      addEventListener('click', (event) => event.isTrusted && globalThis.taps++, true)
    })
    return () => this.page.evaluate(() => globalThis.taps)
  }

  /** arrival is the window in which the technician is expected, as it stands there now. */
  arrival() {
    return this.page.getByText(/^预计 .+ 到达$/).first().textContent()
  }

  /** seesArrivalMove waits until another window stands there than the one before, and answers it. */
  async seesArrivalMove(before) {
    await this.page.getByText(before, { exact: true }).first().waitFor({ state: 'detached' })
    return this.arrival()
  }

  map() {
    return this.page.getByRole('img', { name: /师傅距您家约/ })
  }

  async saysNotFixed(words) {
    await button(this.page, '还没修好').click()
    const sheet = this.page.getByRole('dialog', { name: '还没修好' })
    await sheet.getByLabel('还有什么问题').fill(words)
    await sheet.getByRole('button', { name: '再次安排上门' }).click()
  }

  async rates(stars, words) {
    await this.page.getByRole('radio', { name: `${stars} 星` }).click()
    await this.page.getByLabel('想说点什么').fill(words)
    await button(this.page, '提交评价').click()
    await this.sees('谢谢您的评价')
  }
}

/** staffEnters signs an employee in through the chooser. */
async function staffEnters(stage, viewport, door, { username, password }) {
  const page = await stage.window(viewport)
  await page.goto(stage.url)
  await page.getByRole('link', { name: door }).click()
  await page.getByLabel('用户名').fill(username)
  await page.getByLabel('密码').fill(password)
  await button(page, '登录').click()
  return page
}

export class Technician {
  static async enter(stage, login) {
    const page = await staffEnters(stage, phone, '我是维修师傅', login)
    await page.getByText('我的任务').waitFor()
    return new Technician(page)
  }

  constructor(page) {
    this.page = page
  }

  /** name is what stands above the technician's page. */
  name() {
    return this.page.getByRole('heading', { level: 1 }).textContent()
  }

  /** startsDuty unless it runs already. */
  async startsDuty() {
    const start = button(this.page, '开始上岗')
    const end = button(this.page, '下岗')
    await start.or(end).waitFor()
    if (await start.isVisible()) await start.click()
    await end.waitFor()
  }

  /** endsDuty, so that what is not begun goes back. */
  async endsDuty() {
    await button(this.page, '下岗').click()
    await this.page.getByRole('dialog', { name: '下岗' }).getByRole('button', { name: '确认下岗' }).click()
    await button(this.page, '开始上岗').waitFor()
  }

  /** looksAtDay opens the day's stops, and answers them. */
  async looksAtDay() {
    await button(this.page, '今日行程').click()
    await this.page.getByRole('heading', { name: '今日行程' }).waitFor()
    return this.page.getByTestId('stop')
  }

  async goesBack() {
    await button(this.page, '返回').click()
    await this.page.getByText('我的任务').waitFor()
  }

  sees(words) {
    return seen(this.page, words)
  }

  offer(number) {
    return this.page.getByRole('article').filter({ hasText: number })
  }

  async accepts(number) {
    await this.offer(number).getByRole('button', { name: '接单' }).click()
    await button(this.page, '出发').waitFor()
  }

  async declines(number, reason) {
    await this.offer(number).getByRole('button', { name: '不接' }).click()
    const sheet = this.page.getByRole('dialog', { name: '不接' })
    await sheet.getByRole('radio', { name: reason }).click()
    await sheet.getByRole('button', { name: '确认不接' }).click()
    await this.offer(number).waitFor({ state: 'detached' })
  }

  async departs() {
    await button(this.page, '出发').click()
    await button(this.page, '我到了').waitFor()
  }

  /** isAt puts the telephone somewhere, and lets the page know. */
  async isAt({ lat, lon }) {
    await this.page.context().grantPermissions(['geolocation'])
    await this.page.context().setGeolocation({ latitude: lat, longitude: lon, accuracy: 10 })
  }

  /** hides takes the permission to know the position back. */
  hides() {
    return this.page.context().clearPermissions()
  }

  /** walks lets the page pretend to be on the way, as a demonstration may. */
  async walks() {
    await button(this.page, '模拟位置').click()
    await this.sees('正在模拟位置')
  }

  async arrives() {
    await button(this.page, '我到了').click()
    await button(this.page, '完工').waitFor()
  }

  /** joins is to arrive as the second, who is let go when the first has finished. */
  async joins() {
    await button(this.page, '我到了').click()
    await button(this.page, '我到了').waitFor({ state: 'detached' })
  }

  async pauses(reason) {
    await button(this.page, '暂停维修').click()
    const sheet = this.page.getByRole('dialog', { name: '暂停维修' })
    await sheet.getByRole('radio', { name: reason }).click()
    await sheet.getByRole('button', { name: '确认暂停' }).click()
    await button(this.page, '继续维修').waitFor()
  }

  async resumes() {
    await button(this.page, '继续维修').click()
    await button(this.page, '完工').waitFor()
  }

  async finishes(words, materials) {
    await button(this.page, '完工').click()
    const sheet = this.page.getByRole('dialog', { name: '完工' })
    await sheet.getByLabel('做了什么').fill(words)
    await sheet.getByLabel('用料').fill(materials)
    await sheet.getByRole('button', { name: '确认完工' }).click()
    await this.sees('我的任务')
  }
}

export class Steward {
  static async enter(stage, login) {
    const page = await staffEnters(stage, desk, '我是管家', login)
    await page.getByRole('region', { name: '待派单' }).waitFor()
    return new Steward(page)
  }

  constructor(page) {
    this.page = page
  }

  sees(words) {
    return seen(this.page, words)
  }

  column(name) {
    return this.page.getByRole('region', { name, exact: true })
  }

  card(number) {
    return this.page.getByRole('button').filter({ hasText: number })
  }

  async looksAt(number) {
    await this.card(number).first().click()
    await this.panel().getByText(number).waitFor()
    await this.panel().getByRole('heading', { name: '全过程' }).waitFor()
    return this.panel()
  }

  alarm(number) {
    return this.page.getByRole('alert').getByText(number)
  }

  /** opensFor somebody who phones: the home by its address, the first who lives there, and what they say. */
  async opensFor(address, words, before = async () => {}) {
    await button(this.page, '代客报修').click()
    const sheet = this.page.getByRole('dialog', { name: '代客报修' })
    await sheet.getByLabel('报修地址').fill(address)
    await sheet.getByRole('button', { name: address }).first().click()
    await sheet.getByRole('radiogroup', { name: '来电人' }).getByRole('radio').first().click()
    await sheet.getByLabel('住户怎么说').fill(words)
    await before(this.page)
    await sheet.getByRole('button', { name: '开单' }).click()
    await sheet.waitFor({ state: 'detached' })
    return this.panel().getByText(/^\d{4}-\w+$/).textContent()
  }

  /** assigns the unassigned ticket in the panel to somebody by name, for a reason. */
  async assigns(name, reason, before = async () => {}) {
    await this.panel().getByRole('button', { name: '人工派单' }).click()
    const sheet = this.page.getByRole('dialog', { name: '人工派单' })
    await sheet.getByRole('radio').filter({ hasText: name }).click()
    await sheet.getByLabel(/^原因/).fill(reason)
    await before(this.page)
    await sheet.getByRole('button', { name: '确认派单' }).click()
    await this.sees(`已派给${name}`)
  }

  /** seesCandidate looks for somebody in the sheet of the ticket in the panel, and what stands beside the name; nobody is chosen. */
  async seesCandidate(name, beside, look) {
    await this.panel().getByRole('button', { name: /^(人工派单|转派)$/ }).click()
    const sheet = this.page.getByRole('dialog', { name: /^(人工派单|转派)$/ })
    await sheet.getByRole('radio').filter({ hasText: name }).getByText(beside).waitFor()
    await look(this.page)
    await sheet.getByRole('button', { name: '关闭' }).click()
    await sheet.waitFor({ state: 'detached' })
  }

  /** transfers the ticket in the panel to the first of the others, for a reason, and answers who that is. */
  async transfers(reason, before = async () => {}) {
    await this.panel().getByRole('button', { name: '转派' }).click()
    const sheet = this.page.getByRole('dialog', { name: '转派' })
    const other = sheet.getByRole('radio').first()
    await other.click()
    await sheet.getByLabel(/^原因/).fill(reason)
    await before(this.page)
    const name = await other.locator('strong').textContent()
    await sheet.getByRole('button', { name: '确认转派' }).click()
    await this.sees(`已派给${name}`)
    return name
  }

  panel() {
    return this.page.getByRole('complementary', { name: '工单详情' })
  }
}

/** Manager sees the console, too, and plans with it. */
export class Manager extends Steward {
  static async enter(stage, login) {
    const { page } = await Steward.enter(stage, login)
    return new Manager(page)
  }

  /** imagines a day with fewer people, beside the same day as it is. */
  async imagines(fewer) {
    await button(this.page, '人手推演').click()
    const page = this.page.getByTestId('what-if')
    await page.getByLabel(/^减少人数/).fill(String(fewer))
    await button(page, '推演').click()
    for (const name of ['现有人手', '调整之后']) await page.getByRole('heading', { name }).waitFor()
    return page
  }

  async reports() {
    await button(this.page, '承诺周报').click()
    return this.page.getByTestId('report')
  }

  /** seesShares opens the page of who did how much. */
  async seesShares() {
    await button(this.page, '派单公平').click()
    return this.page.getByTestId('loads-page')
  }

  /** looksAtHelp opens the page of who helps whom. */
  async looksAtHelp() {
    await button(this.page, '片区互助').click()
    return this.page.getByTestId('help')
  }

  /** helps lets one district be helped by another; it may be refused. */
  async helps(district, helper) {
    const row = this.page.getByRole('article', { name: district })
    await row.getByLabel('添加支援片区').selectOption({ label: helper })
    await row.getByRole('button', { name: '保存' }).click()
    return row
  }

  async returns() {
    await button(this.page, '返回看板').click()
    await this.column('待派单').waitFor()
  }
}
