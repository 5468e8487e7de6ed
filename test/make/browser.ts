// Owns a real browser for tests of pages: the Chromium of @sparticuz/chromium, unpacked on first use.
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/** @returns why none can be started, where that is so. */
export async function startBrowser(): Promise<Browser | string> {
  try {
    const executablePath = await chromium.executablePath()
    // Not the arguments that the package has for functions in a cloud: one process for all pages ends with the first page.
    return await playwright.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'], headless: true })
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split('\n') : []
    return `no Chromium starts here: ${reason}`
  }
}
