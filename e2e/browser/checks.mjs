// What must hold on every page: nothing that shuts people out (axe), and everything that is tapped is large enough for a thumb.
import axe from 'axe-core'

const grave = ['serious', 'critical']

/** accessible answers the serious violations of a page, each with the places where it is. */
export async function accessible(page) {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  return violations
    .filter((one) => grave.includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target.join(' ')} (${node.any.map((any) => any.message).join('; ')})`).join(' | ')}`)
}

/** tooSmall answers what can be tapped but is smaller than 44 × 44; a label makes its field larger. */
export function tooSmall(page) {
  return page.evaluate(() => {
    const wanted = 44
    const size = (element) => element.getBoundingClientRect()
    const large = (element) => {
      const { width, height } = size(element)
      return width + 0.5 >= wanted && height + 0.5 >= wanted
    }
    return [...document.querySelectorAll('a[href], button, input, select, textarea, [role=radio], [role=switch]')]
      .filter((one) => one.checkVisibility({ opacityProperty: false }) && size(one).width > 0)
      .filter((one) => !large(one) && !(one.closest('label') && large(one.closest('label'))))
      .map((one) => `${one.getAttribute('aria-label') ?? one.textContent.trim()} is ${Math.round(size(one).width)} × ${Math.round(size(one).height)}`)
  })
}

/** sideways answers how far a page can be pushed to the side, which a phone's never should. */
export function sideways(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}
