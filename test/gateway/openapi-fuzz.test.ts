// Proves that no request to any operation of the document makes the gateway fail, hang, answer otherwise than described, or repeat a prompt.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { Agent, request } from 'undici'
import { startAnthropicUpstream, startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { until } from '../e2e/world.ts'
import { type Listed, misfits, type OpenApi, operationsOf } from '../make/described.ts'
import { localOllama, openAIProvider, type RunningGateway, startGateway } from '../make/gateway.ts'
import fc from '../make/property.ts'
import { collectionOf, exampleRequest, type RandomRequest, randomRequests } from '../make/random-request.ts'

/** Requests to each operation; `AEGIS_FUZZ_RUNS` asks for more. */
const RUNS = Number(process.env.AEGIS_FUZZ_RUNS ?? 60)
/** No answer takes so long, however busy the machine is. */
const HANGS_AFTER_MS = 60_000

const CANARY = 'cAnArY-73b1-Zimtstern'
const KEY = 'sk-aegis-master-0123456789abcdef'
const openai = await startOpenAIUpstream({ journalBytes: 0 })
const ollama = await startOllamaUpstream({ journalBytes: 0 })
const anthropic = await startAnthropicUpstream({ journalBytes: 0 })
const claude = { kind: 'anthropic' as const, base_url: anthropic.url, api_key: 'key', models: ['claude-haiku-4-5'] }
const startPlace = (compat?: 'any_llm') =>
  startGateway({
    providers: {
      local: localOllama(ollama),
      openai: openAIProvider(openai, { models: ['gpt-4o', 'text-embedding-3-small'] }),
      anthropic: claude,
    },
    rollout: { candidate: { routing: {} } },
    auth: { master_key: KEY },
    ...(compat ? { compat } : {}),
  })
const gateway = await startPlace()
const compatible = await startPlace('any_llm')
const dispatcher = new Agent({ connections: 4 })
after(async () => {
  await dispatcher.close()
  await Promise.all([gateway.close(), compatible.close()])
  await Promise.all([openai.close(), ollama.close(), anthropic.close()])
})

const document = (await (await request(`${gateway.url}/openapi.json`, { dispatcher })).body.json()) as OpenApi

async function keyWith({ url }: RunningGateway, scopes: readonly string[]): Promise<string> {
  const reply = await request(`${url}/v1/keys`, {
    ...{ method: 'POST' as const, dispatcher, body: JSON.stringify({ scopes }) },
    headers: { authorization: KEY, 'content-type': 'application/json' },
  })
  return ((await reply.body.json()) as { readonly key: string }).key
}

/** Mostly those that may: a refusal at the door tries little. */
const keysOf = async (place: RunningGateway) => [
  ...[KEY, KEY, `Bearer ${KEY}`, `Bearer ${KEY}`, KEY],
  ...[await keyWith(place, ['inference']), await keyWith(place, ['read'])],
  ...[undefined, 'Bearer sk-aegis-none-of-these', 'Basic YTpi'],
]

/** Of what was made on the way, so that paths lead somewhere. */
const made = new Map<string, string[]>([['models', ['auto', 'openai/gpt-4o']]])
const ids = (collection: string) => made.get(collection) ?? []
const options = { canary: CANARY, keys: await keysOf(gateway), ids }

function remember({ method, path }: Listed, value: unknown): void {
  const { id, user_id, budget_id, model_key } = (value ?? {}) as Readonly<Record<string, unknown>>
  const name = { users: user_id, budgets: budget_id, pricing: model_key }[collectionOf(path)] ?? id
  if (typeof name !== 'string' || method !== 'POST' || path.includes('{')) return
  const known = made.get(collectionOf(path)) ?? []
  made.set(collectionOf(path), [...known.slice(-20), name.toWellFormed()])
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly headers: string
}

async function ask({ method, target, headers, body }: RandomRequest, { url } = gateway): Promise<Answer> {
  // As it stands: an address that is parsed would lose its dots.
  const reply = await dispatcher.request({
    ...{ origin: url, path: target, method: method as 'GET', headers },
    signal: AbortSignal.timeout(HANGS_AFTER_MS),
    ...(body === undefined ? {} : { body }),
  })
  const text = await reply.body.text()
  const type = String(reply.headers['content-type'] ?? '').split(';')[0] ?? ''
  return { status: reply.statusCode, type, text, headers: JSON.stringify(reply.headers) }
}

/** What an example is answered with where that is not 200 or 204, and why. */
function expectedOf({ method, path }: Listed): readonly number[] {
  const notConfigured = ['/admin/audit/head', '/admin/privacy/open', '/admin/sandbox']
  if (notConfigured.includes(path)) return [404]
  // There is no file to read again, and no rollout has begun.
  if (method === 'POST' && ['/admin/reload', '/admin/rollout'].includes(path)) return [400]
  // A batch of one line may be done by then.
  return path.endsWith('/cancel') ? [200, 400] : [200, 204]
}

/** The example, as nobody has sent it before. */
async function sendExample(listed: Listed, turn: number): Promise<void> {
  const { headers, body, ...sent } = exampleRequest(listed, options)
  const text = body?.toString('utf8').replace('"ada"', `"ada-${turn}"`)
  const answer = await ask({
    ...{ ...sent, headers: { ...headers, authorization: KEY } },
    body: text === undefined ? undefined : Buffer.from(text),
  })
  const shown = `${sent.method} ${sent.target}: ${answer.status} ${answer.text}`
  assert.ok(expectedOf(listed).includes(answer.status), shown)
  if (answer.status === 200 && answer.type === 'application/json') remember(listed, JSON.parse(answer.text))
}

test('the example of every operation is answered', async () => {
  const operations = operationsOf(document)
  // Of what is removed others may make use: that comes last.
  const rank = ({ method, path }: Listed) => (method === 'DELETE' ? 2 : /\{|batches/.test(path) ? 1 : 0)
  const ordered = operations.toSorted((left, right) => rank(left) - rank(right))
  for (const [turn, listed] of ordered.entries()) {
    // Each about something new: one before it may have ended what there was.
    const collection = listed.path.replace(/\/\{.*$/, '')
    const maker = operations.find(({ method, path }) => method === 'POST' && path === collection)
    if (maker && maker !== listed && listed.path.includes('{')) await sendExample(maker, turn)
    await sendExample(listed, ordered.length + turn)
  }
})

const counted = { good: 0, refused: 0, wrongForAnyLlm: 0 }

interface Manner {
  readonly title: string
  readonly place: RunningGateway
  readonly keys: readonly (string | undefined)[]
  readonly runs: number
  /** The status under which an answer is described. */
  readonly describedAs: (status: number) => number
}

const manners: readonly Manner[] = [
  { title: 'at random', place: gateway, keys: options.keys, runs: RUNS, describedAs: (status) => status },
  {
    title: 'at random, with the ways of any-llm',
    place: compatible,
    keys: await keysOf(compatible),
    runs: Math.ceil(RUNS / 6),
    // The document says it once for all operations: what is wrong is 422.
    describedAs: (status) => (status === 422 ? 400 : status),
  },
]

for (const { title, place, keys, runs, describedAs } of manners) {
  describe(`of requests ${title}`, () => {
    for (const listed of operationsOf(document)) {
      const { method, path, operation } = listed
      test(`none to ${method} ${path} gets a fault, or another answer than is described`, async () => {
        await fc.assert(
          fc.asyncProperty(randomRequests(document, listed, { ...options, keys }), async (sent) => {
            const logged = place.log.length
            const answer = await ask(sent, place)
            const { status, type, text } = answer
            const shown = `${sent.method} ${sent.target.slice(0, 200)} -> ${status} ${text.slice(0, 500)}`
            assert.ok(status < 500, shown)
            if (status >= 400) {
              counted.refused += 1
              if (place === compatible && status === 422) counted.wrongForAnyLlm += 1
              assert.ok(!text.includes(CANARY) && !answer.headers.includes(CANARY), `a prompt is repeated: ${shown}`)
            } else counted.good += 1
            assert.deepEqual(
              place.log.slice(logged).filter(({ level }) => level === 'error'),
              [],
              shown,
            )
            if (sent.method === 'HEAD') return
            const response = operation.responses[status] ?? operation.responses[describedAs(status)]
            if (sent.asDescribed) assert.ok(response, `the status is described: ${shown}`)
            if (status >= 400) {
              // The one envelope of ours that each operation has; a method that it has not is refused in the same.
              const { schema = {} } = operation.responses['500']?.content?.['application/json'] ?? {}
              assert.equal(type, 'application/json', shown)
              assert.deepEqual(misfits(document, schema, JSON.parse(text)), [], shown)
            } else if (sent.asDescribed) {
              const content = response?.content?.[type]
              assert.ok(content || text === '', `the content type ${type} is described: ${shown}`)
              if (type !== 'application/json') return
              const value: unknown = JSON.parse(text)
              assert.deepEqual(misfits(document, content?.schema ?? {}, value), [], shown)
              remember(listed, value)
            }
          }),
          { numRuns: runs },
        )
      })
    }
  })
}

test('some were answered and some refused, all of it ends, and no log has a word of a prompt', async () => {
  assert.ok(counted.good > 3 * RUNS && counted.refused > 3 * RUNS, JSON.stringify(counted))
  assert.ok(counted.wrongForAnyLlm > RUNS / 6, JSON.stringify(counted))
  // Batches go on by themselves.
  await until(() => /^llm_in_flight 0$/m.test(gateway.aegis.gateway.renderMetrics()), 'nothing is in flight')
  assert.ok(!JSON.stringify([gateway.log, compatible.log]).includes(CANARY))
  assert.ok(!JSON.stringify(gateway.aegis.gateway.systemStatus()).includes(CANARY))
})
