// Proves in a real browser that the pages show what they are for, under their own content security policy.
import assert from 'node:assert/strict'
import { after, describe, type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { startBrowser } from '../make/browser.ts'
import { type OpenApi, operationsOf } from '../make/described.ts'
import { localOllama, openAIProvider, startGateway } from '../make/gateway.ts'
import { post, send } from './http-client.ts'

const KEY = 'sk-aegis-master-0123456789abcdef'
const ollama = await startOllamaUpstream()
const openai = await startOpenAIUpstream()
const gateway = await startGateway({
  providers: { local: localOllama(ollama), openai: openAIProvider(openai) },
  auth: { master_key: KEY },
  rollout: { candidate: { routing: { default_provider: 'openai' } }, stages: [10, 100] },
})
const browser = await startBrowser()
const skip = typeof browser === 'string' ? browser : false
after(async () => {
  if (typeof browser !== 'string') await browser.close()
  await gateway.close()
  await Promise.all([ollama.close(), openai.close()])
})

/** A page of the gateway, and everything that went wrong or elsewhere on it. */
async function open(t: TestContext, path: string): Promise<{ readonly page: Page; readonly wrong: readonly string[] }> {
  if (typeof browser === 'string') throw new Error(browser)
  const page = await browser.newPage()
  t.after(() => page.close())
  // A slow machine is not a broken page.
  page.setDefaultTimeout(120_000)
  const wrong: string[] = []
  page.on('pageerror', ({ message }) => wrong.push(message))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== gateway.url) wrong.push(request.url())
  })
  // A refusal for want of a key is part of how the page asks for one.
  page.on('console', (line) => {
    if (line.type() === 'error' && !line.text().includes('401')) wrong.push(line.text())
  })
  await page.goto(gateway.url + path)
  return { page, wrong }
}

describe('in a browser', { skip }, () => {
  test('/docs shows every operation of the document, and what one takes and answers', async (t) => {
    const document = JSON.parse((await send(`${gateway.url}/openapi.json`)).text) as OpenApi
    const operations = operationsOf(document)
    const { page, wrong } = await open(t, '/docs')
    await page.waitForSelector('.operation')
    const shown = await page.locator('.operation > summary').allInnerTexts()
    assert.equal(shown.length, operations.length)
    for (const { path, method, operation } of operations)
      assert.ok(
        shown.some((text) => [method, path, operation.summary].every((one) => text.includes(one))),
        `${method} ${path}`,
      )
    // Opened, each one says all of its statuses.
    for (const { operation } of operations) {
      const node = page.locator(`#${operation.operationId}`)
      await node.evaluate((one) => one.setAttribute('open', ''))
      await node.locator('pre').waitFor()
      const titles = await node.locator('h3').evaluateAll((all) => all.map((one) => one.textContent))
      for (const status of Object.keys(operation.responses)) assert.ok(titles.includes(status), operation.operationId)
    }
    assert.deepEqual(wrong, [])
  })

  test("/docs has an example for a shell that is the operation's own, and opens the schemas that it names", async (t) => {
    const { page, wrong } = await open(t, '/docs#createChatCompletion')
    const chat = page.locator('#createChatCompletion[open]')
    const example = await chat.locator('pre').innerText()
    assert.match(example, /^curl -X POST 'http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions'/)
    const [, body] = /-d '(.*)'$/s.exec(example) ?? []
    const answer = await post(`${gateway.url}/v1/chat/completions`, String(body), { authorization: `Bearer ${KEY}` })
    assert.equal(answer.status, 200, answer.text)
    await chat.locator('.schema > summary', { hasText: 'AegisHints' }).first().click()
    await chat.locator('.members', { hasText: 'data_classification' }).first().waitFor()
    assert.deepEqual(wrong, [])
  })

  test('/docs leaves those operations that have the words that are looked for', async (t) => {
    const { page, wrong } = await open(t, '/docs')
    await page.waitForSelector('.operation')
    await page.fill('#search', 'post /v1/files')
    await page.locator('#state', { hasText: /^1 operations?$/ }).waitFor()
    assert.equal(await page.locator('.operation:visible').count(), 1)
    assert.deepEqual(wrong, [])
  })

  test('the status page asks for the key, and then shows the providers and the last decision', async (t) => {
    const messages = [{ role: 'user', content: 'Hello' }]
    const asked = await post(`${gateway.url}/v1/chat/completions`, { model: 'auto', messages }, { authorization: KEY })
    assert.equal(asked.status, 200)
    const { page, wrong } = await open(t, '/')
    await page.fill('input[name=key]', KEY)
    await page.click('#key button')
    await page.locator('#providers .card', { hasText: 'llama3.2:8b' }).waitFor()
    assert.equal(await page.locator('#providers .card').count(), 2)
    await page.locator('#decisions tr', { hasText: 'default_local' }).first().waitFor()
    assert.equal(await page.locator('#key').isVisible(), false)
    assert.match(await page.locator('#answered .card', { hasText: 'internal' }).innerText(), /\d+, all at home/)
    assert.deepEqual(wrong, [])
  })

  test('the status page shows where a rollout stands: its stages, both policies, the gates and every step', async (t) => {
    const order = (action: string) => post(`${gateway.url}/admin/rollout`, { action }, { authorization: KEY })
    assert.equal((await order('start')).status, 200)
    assert.equal((await order('advance')).status, 200)
    const messages = [{ role: 'user', content: 'Hello' }]
    const asked = await post(`${gateway.url}/v1/chat/completions`, { model: 'auto', messages }, { authorization: KEY })
    assert.equal(asked.headers['x-aegis-provider'], 'openai')
    const { page, wrong } = await open(t, '/')
    await page.fill('input[name=key]', KEY)
    await page.click('#key button')
    const rollout = page.locator('#rollout')
    await rollout.locator('b', { hasText: '100 % of the traffic' }).waitFor()
    assert.equal(await rollout.locator('.steps .now').innerText(), '100 %')
    assert.equal(await rollout.locator('.steps .had').innerText(), '10 %')
    // Requests, then errors.
    await rollout.locator('tr', { hasText: /^candidate10/ }).waitFor()
    assert.equal(await rollout.locator('td.ok', { hasText: 'passes' }).count(), 4)
    const steps = await rollout.locator('table').last().locator('tr').allInnerTexts()
    assert.match(steps[1] ?? '', /^advance\s+operator\s+10 %\s+100 %/)
    assert.match(steps[2] ?? '', /^start\s+operator\s+0 %\s+10 %/)
    await page.locator('#decisions tr', { hasText: 'candidate' }).first().waitFor()
    await page.locator('#answered .card', { hasText: '1 in a cloud' }).waitFor()
    assert.equal((await order('rollback')).status, 200)
    await rollout.locator('.tag.failing', { hasText: 'rolled back' }).waitFor()
    assert.deepEqual(wrong, [])
  })

  test('the status page fits a telephone, and leaves the rest to the tables to scroll', async (t) => {
    const { page, wrong } = await open(t, '/')
    await page.setViewportSize({ width: 360, height: 700 })
    await page.fill('input[name=key]', KEY)
    await page.click('#key button')
    await page.locator('#providers .card').first().waitFor()
    const [inner, whole] = (await page.evaluate(
      '[window.innerWidth, document.documentElement.scrollWidth]',
    )) as number[]
    assert.equal(whole, inner)
    assert.deepEqual(wrong, [])
  })
})
