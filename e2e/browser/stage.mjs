// A stage is one browser in which several people sit, each with a window of their own. It notes whatever a person would
// never see but a developer should: errors in the console, refused scripts, answers that are errors, calls to strangers.
import { join } from 'node:path'
import { chromium } from 'playwright-core'

export const patience = 30_000

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const phone = { width: 390, height: 844 }
export const desk = { width: 1440, height: 900 }

/** begin starts a browser. One that has just begun may refuse its first picture, so that is taken of nothing, and again. */
async function begin() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags })
  const page = await browser.newPage()
  await page.screenshot().catch(() => page.screenshot())
  await page.close()
  return browser
}

export class Stage {
  /** complaints is what went wrong behind the pages. */
  complaints = []
  /** expected are addresses whose refusal is what a step is about. */
  expected = []
  #browser
  #windows = []

  /** url is where the platform answers; a picture is sharper with a larger scale. */
  constructor(url, { scale = 1, dark = false } = {}) {
    this.url = url
    this.scale = scale
    this.dark = dark
  }

  /** window opens an empty window of a size, with nothing remembered. */
  async window(viewport) {
    this.#browser ??= begin()
    const context = await (await this.#browser).newContext({
      viewport,
      deviceScaleFactor: this.scale,
      colorScheme: this.dark ? 'dark' : 'light',
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      reducedMotion: 'reduce',
    })
    context.setDefaultTimeout(patience)
    const page = await context.newPage()
    this.#windows.push(page)
    this.#watch(page)
    return page
  }

  #watch(page) {
    const complain = (what) => this.complaints.push(`${new URL(page.url()).pathname}: ${what}`)
    const expected = (url) => this.expected.some((end) => url.endsWith(end))
    page.on('console', (message) => {
      if (expected(message.location().url)) return
      if (message.type() === 'error' || message.type() === 'warning') complain(`${message.type()} ${message.text()}`)
    })
    page.on('pageerror', (error) => complain(error.stack ?? String(error)))
    page.on('response', (answer) => {
      if (answer.status() >= 400 && !expected(answer.url())) complain(`${answer.status()} ${answer.request().method()} ${answer.url()}`)
    })
    page.on('request', (request) => {
      const to = new URL(request.url())
      if (to.protocol.startsWith('http') && to.origin !== new URL(this.url).origin) complain(`asked a stranger: ${to}`)
    })
  }

  /** photograph keeps what every window shows and answers where. */
  async photograph(folder) {
    const paths = this.#windows.map((_, i) => join(folder, `failed-${i + 1}.png`))
    await Promise.all(this.#windows.map((page, i) => page.screenshot({ path: paths[i] })))
    return paths
  }

  async close() {
    await (await this.#browser)?.close()
  }
}
