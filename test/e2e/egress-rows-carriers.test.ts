// Rows 1 to 22 of the egress table: wherever data stands in a request, and however it is written, none of it leaves.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { JsonObject } from '../../src/testing/index.ts'
import { canaries, harmless } from '../make/canaries.ts'
import { encodings } from '../make/encodings.ts'
import { carriers, halves, unreadable, user } from './carriers.ts'
import { dataRoutes } from './egress-routes.ts'
import { row } from './egress-table.ts'
import { declared, type EgressWorld, startEgressWorld } from './egress-world.ts'
import { cloudChat } from './undeclared.ts'
import { cloudAddresses, startWalled } from './walled.ts'

let egress: EgressWorld
before(async () => {
  egress = await startEgressWorld()
})
after(() => egress[Symbol.asyncDispose]())

const CHAT = '/v1/chat/completions'
const card = canaries['a card'] as string
const saying = (content: string, more: JsonObject = {}) => cloudChat({ messages: [{ role: 'user', content }], ...more })

/** Every canary in each of these places, whole and streamed; without it the same request leaves. */
async function keptIn(places: Readonly<Record<string, (text: string) => JsonObject>>, twin = true): Promise<void> {
  for (const [place, make] of Object.entries(places)) {
    for (const [name, canary] of Object.entries(canaries)) {
      for (const stream of twin ? [false, true] : [false])
        await egress.kept(CHAT, cloudChat({ ...make(canary), stream }), canary, `${name} in ${place}`)
    }
    if (twin) await egress.leaves(CHAT, cloudChat(make(harmless)), place)
  }
  await egress.search(Object.values(canaries), 'a canary')
}

const of = (names: readonly string[], all = carriers) =>
  Object.fromEntries(names.map((name) => [name, all[name] as (text: string) => JsonObject]))

/** Nobody could find this: only what is said of it keeps it here. */
const secret = 'CANARY-7f3a91 the merger is called off'

row(1, async () => {
  for (const { path, body, streams } of dataRoutes) {
    for (const level of ['confidential', 'pii', 'hipaa']) {
      for (const stream of streams ? [false, true] : [false]) {
        const more = streams ? { stream } : {}
        await egress.kept(path, body(secret, { ...declared(level), ...more }), secret, `${path} ${level} in its body`)
        const headers = { 'x-aegis-data-classification': level }
        await egress.kept(path, body(secret, more), secret, `${path} ${level} in a header`, { headers })
      }
    }
    await egress.leaves(path, body(harmless), path)
  }
  await egress.search(secret, 'declared')
})
row(2, () => keptIn(of(['a system message', 'a developer message'])))
row(3, () => keptIn(of(['an earlier turn'])))
row(4, () => keptIn(of(['an answer in the history', 'the reasoning in the history'])))
row(5, () => keptIn(of(['the result of a tool'])))
row(6, () => keptIn(of(['the arguments of a call'])))
row(7, () =>
  keptIn(of(['the description of a tool', 'an enum of a tool', 'a default of a tool', 'the examples of a tool'])),
)
row(8, () => keptIn(of(['the description of a schema', 'a constant of a schema'])))
row(9, async () => {
  const splits: Readonly<Record<string, (text: string) => JsonObject>> = {
    parts: (text) => ({ messages: [user(halves(text).map((half) => ({ type: 'text', text: half })))] }),
    messages: (text) => ({ messages: halves(text).map(user) }),
  }
  for (const [split, make] of Object.entries(splits)) {
    for (const name of ['a card', 'an IBAN', 'an e-mail address', 'a German tax id', 'a token']) {
      const canary = canaries[name] as string
      await egress.kept(CHAT, cloudChat(make(canary)), canary, `${name} over ${split}`)
      await egress.search(canary, name)
    }
    await egress.leaves(CHAT, cloudChat(make(harmless)), split)
  }
})
row(10, async () => {
  await keptIn(of(['a data URL of text']))
  await keptIn(of(['a picture'], unreadable), false)
})
row(11, async () => {
  await keptIn(of(['the query of a URL']))
  await keptIn(of(['the query of a picture'], unreadable), false)
})
row(12, () => keptIn(of(['a file and its name'], unreadable), false))
row(13, () => keptIn(of(['a sound', 'the transcript of a sound'], unreadable), false))
row(14, async () => {
  await keptIn(of(['metadata', 'user', 'stop', 'a member of a vendor', 'the name of a speaker']))
  await keptIn(of(['a prediction'], unreadable), false)
})
row(15, async () => {
  await keptIn(of(['the name of a member', 'a member named __proto__']))
  for (const [name, canary] of Object.entries(canaries)) {
    const text = JSON.stringify(canary)
    const twice = `{"model":"openai/gpt-4o","messages":[{"role":"user","content":${text},"content":"hi"}]}`
    assert.equal((await egress.kept(CHAT, twice, canary, `${name} twice`)).status, 400)
    await egress.search(canary, name)
  }
})
row(16, async () => {
  const canary = canaries['a token'] as string
  const names = ['baggage', 'traceparent', 'tracestate', 'x-customer', 'referer', 'user-agent', 'x-correlation-id']
  const headers = { ...Object.fromEntries(names.map((name) => [name, `a=${canary}`])), cookie: `session=${canary}` }
  for (const { path, body } of dataRoutes) {
    await egress.leaves(`${path}?note=${encodeURIComponent(canary)}`, body(harmless), path, { headers })
  }
  await egress.search(canary, 'headers of a client')
})
const written = (names: RegExp) => Object.entries(encodings).filter(([name]) => names.test(name))
const unicode = /Unicode|zero-width|hyphens|selectors|width|digits|keycaps|look-alike/
async function keptWritten(ways: readonly (readonly [string, (text: string) => string])[]): Promise<void> {
  assert.ok(ways.length > 4)
  for (const [way, write] of ways) {
    for (const [name, canary] of Object.entries(canaries))
      await egress.kept(CHAT, saying(`Please read ${write(canary)} and answer.`), canary, `${name} in ${way}`)
  }
  await egress.search(Object.values(canaries), 'a canary')
}
row(17, () => keptWritten(written(unicode)))
row(18, async () => {
  await keptWritten(written(/base64|hexadecimal|percent|query|entities|escapes|quoted|base32|reversed/))
  await egress.leaves(CHAT, saying(`Please read ${Buffer.from(harmless).toString('base64')}`), 'a harmless encoding')
})
row(19, async () => {
  const bomb = gzipSync(`${'0'.repeat(5_000_000)} ${card}`).toString('base64')
  await egress.kept(CHAT, saying(bomb), card, 'what unpacks to too much')
  const deep = `${'['.repeat(500)}${JSON.stringify(card)}${']'.repeat(500)}`
  await egress.kept(
    CHAT,
    `{"model":"openai/gpt-4o","messages":[{"role":"user","content":"hi"}],"x":${deep}}`,
    card,
    'deep',
  )
  const hostile = [`${'a'.repeat(50_000)}@`, '4'.repeat(50_000), 'A1'.repeat(25_000), `${'-'.repeat(50_000)}`]
  for (const text of hostile) await egress.kept(CHAT, saying(`${text} ${card}`), card, 'hostile text')
  const messages = Array.from({ length: 3_000 }, (_, index) => user(index === 2_999 ? card : `Step ${index} of it`))
  await egress.kept(CHAT, cloudChat({ messages }), card, 'the last of three thousand')
  await egress.search(card, 'hostile')
  await using small = await startEgressWorld({ config: { server: { max_body_bytes: 20_000 } } })
  const refused = await small.kept(CHAT, saying(`${'x'.repeat(30_000)} ${card}`), card, 'over the cap')
  assert.equal(refused.status, 413)
  await small.search(card, 'over the cap')
})
row(20, async () => {
  const text = JSON.stringify(saying(card))
  for (const bad of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf0, 0x9f], [0]]) {
    const at = text.indexOf('1488') + 2
    const body = Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from(bad), Buffer.from(text.slice(at))])
    await egress.kept(CHAT, body, card, `bytes ${bad}`)
  }
  for (const encoding of ['utf16le', 'latin1'] as const) {
    const body = Buffer.from(`\ufeff${text}`, encoding)
    await egress.kept(CHAT, body, card, encoding)
  }
  await keptWritten(written(/NUL|surrogates|replacement|UTF-16|Latin-1/))
})
row(21, async () => {
  const spoofs: readonly JsonObject[] = [
    { data_classification: 'PII' },
    { data_classification: ' pii ' },
    { data_classification: ['pii'] },
    { data_classification: null },
    { data_classification: { level: 'public' } },
    { data_classification: 'secret' },
    { data_classification: '' },
    { dataClassification: 'pii' },
    { data_classification: 1 },
  ]
  for (const aegis of spoofs) {
    const reply = await egress.kept(CHAT, saying(secret, { aegis }), secret, JSON.stringify(aegis))
    assert.ok(reply.status === 400 || reply.headers['x-aegis-location'] === 'local', JSON.stringify(aegis))
  }
  const body = saying(secret, declared('public'))
  for (const value of ['pii', 'HIPAA', ['public', 'pii'], 'nonsense', 'public,pii']) {
    const headers = { 'x-aegis-data-classification': value }
    await egress.kept(CHAT, body, secret, `public in the body, ${value} in a header`, { headers })
  }
  const twice = `{"model":"openai/gpt-4o","aegis":{"data_classification":"pii","data_classification":"public"},"messages":[{"role":"user","content":"${secret}"}]}`
  await egress.kept(CHAT, twice, secret, 'said twice')
  const two = twice.replace('"aegis":{', '"aegis":{"data_classification":"public"},"aegis":{')
  await egress.kept(CHAT, two, secret, 'two members')
  for (const level of ['public', 'internal'])
    await egress.kept(CHAT, saying(card, declared(level)), card, `a card as ${level}`)
  await egress.search(secret, 'spoofed')
})
row(22, async () => {
  const names = ['gpt-4o', 'openai/gpt-4o', 'openai:gpt-4o', 'ollama_cloud/gpt-oss:120b', 'auto:cloud', 'aegis/auto']
  const remote = ['local_ollama/gpt-oss:120b-cloud', 'local_ollama/kimi-k2:cloud', 'local_ollama/x: Cloud ']
  for (const model of [...names, ...remote]) {
    await egress.kept(CHAT, saying(secret, { model, ...declared() }), secret, model)
  }
  const forwarded = egress.world.local_ollama.journal.requests.filter(({ forwardedTo }) => forwardedTo !== undefined)
  assert.deepEqual(forwarded, [])
  const { local_ollama: local, openai, ollama_cloud: cloud } = egress.world
  for (const redirectTo of [`${openai.url}/v1/chat/completions`, `${cloud.url}/api/chat`]) {
    for (const status of [301, 307, 308]) {
      local.alwaysAt('/api/chat', { redirectTo, status })
      await egress.kept(CHAT, saying(secret, declared()), secret, `a redirect ${status}`)
    }
  }
  local.reset()
  await egress.search(secret, 'names of models')
  const proxy = 'http://203.0.113.9:3128'
  const env = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, NODE_USE_ENV_PROXY: '1', NO_PROXY: '' }
  await using walled = await startWalled({ localHost: 'ollama.test', env })
  assert.equal((await walled.chat(declared())).status, 200)
  walled.resolve({ 'ollama.test': ['203.0.113.7'] })
  await walled.local.stopListening()
  await walled.local.startListening()
  assert.equal((await walled.chat(declared())).status, 503)
  assert.deepEqual(walled.tried(), [])
  await walled.chat({ model: 'openai/gpt-4o' })
  assert.equal(walled.tried()[0], cloudAddresses.openai)
})
