// The gateway before a simulated provider that somebody else wrote: https://aimock.copilotkit.dev, with its chaos on.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LLMock } from '@copilotkit/aimock'
import { startOllamaUpstream } from '../../src/testing/index.ts'
import { localOllama, type RunningGateway, startGateway } from '../make/gateway.ts'
import { answerText, ask, errorOf, type Reply } from './client.ts'

const ANSWER = 'The capital is Bern.'

interface MockWorld extends AsyncDisposable {
  readonly mock: LLMock
  readonly gateway: RunningGateway
}

/** Before the mock on its own, or with a local Ollama that steps in. */
async function startMockWorld(withLocal: boolean): Promise<MockWorld> {
  const mock = await LLMock.create({ port: 0, host: '127.0.0.1', logLevel: 'silent' })
  mock.onMessage(/capital/, { content: ANSWER })
  const local = withLocal ? await startOllamaUpstream({ label: 'local' }) : undefined
  const mocked = { kind: 'openai_compatible', base_url: `${mock.url}/v1`, models: ['gpt-4o'] }
  const gateway = await startGateway({
    providers: {
      mocked: { ...mocked, location: 'cloud', api_key: 'sk-test' },
      ...(local ? { local: localOllama(local) } : {}),
    },
    pricing: { mocked: { '*': { input_per_million: 1, output_per_million: 2 } } },
    budgets: { monthly_limits: { mocked: 100 } },
    // Chance decides here how many fail in a row.
    routing: { breaker: { failures: 1000 }, max_retries: 0 },
  })
  return {
    mock,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await mock.stop()
      await local?.close()
    },
  }
}

function chat({ gateway }: MockWorld, stream: boolean): Promise<Reply> {
  const messages = [{ role: 'user', content: 'What is the capital of Switzerland?' }]
  return ask(`${gateway.url}/v1/chat/completions`, { model: 'mocked/gpt-4o', messages, stream, max_tokens: 50 })
}

async function reservedAtRest({ gateway }: MockWorld): Promise<number> {
  return (await gateway.aegis.gateway.proxy.ledger.budgets()).reduce((sum, { reserved }) => sum + reserved, 0)
}

for (const stream of [false, true]) {
  const way = stream ? 'streamed' : 'whole'

  test(`an answer of a provider that others simulate arrives, ${way}`, async () => {
    await using world = await startMockWorld(false)
    const reply = await chat(world, stream)
    assert.equal(reply.status, 200, reply.text)
    assert.equal(answerText(reply), ANSWER)
    assert.equal(await reservedAtRest(world), 0)
  })

  describe(`its chaos, ${way}`, () => {
    for (const [name, chaos, statuses] of [
      ['errors', { dropRate: 1 }, [502]],
      ['rate limits', { rateLimitRate: 1 }, [429]],
      ['unreadable answers', { malformedRate: 1 }, [502]],
      ['connections that break', { disconnectRate: 1 }, [502]],
    ] as const) {
      test(`of ${name} is told as what it is, and another provider answers in its place`, async () => {
        await using alone = await startMockWorld(false)
        alone.mock.setChaos(chaos)
        const reply = await chat(alone, stream)
        assert.ok((statuses as readonly number[]).includes(reply.status), `${reply.status} ${reply.text}`)
        assert.equal(errorOf(reply).source, 'provider')
        if (reply.status === 429) assert.match(reply.headers['retry-after'] ?? '', /^\d+$/)
        assert.equal(await reservedAtRest(alone), 0)

        await using world = await startMockWorld(true)
        world.mock.setChaos(chaos)
        const answered = await chat(world, stream)
        assert.deepEqual([answered.status, answered.headers['x-aegis-provider']], [200, 'local'])
        assert.equal(await reservedAtRest(world), 0)
      })
    }
  })
}

test('of 200 requests in a chaos of everything each is answered whole, and nothing stays reserved', async () => {
  await using world = await startMockWorld(true)
  world.mock.setChaos({ dropRate: 0.2, malformedRate: 0.2, disconnectRate: 0.2 })
  const replies = await Promise.all(Array.from({ length: 200 }, (_, index) => chat(world, index % 2 === 0)))
  for (const reply of replies) {
    assert.equal(reply.status, 200, reply.text)
    assert.equal(reply.ended, 'complete')
    assert.notEqual(answerText(reply), '')
  }
  const providers = new Set(replies.map(({ headers }) => headers['x-aegis-provider']))
  assert.deepEqual([...providers].toSorted(), ['local', 'mocked'])
  assert.equal(await reservedAtRest(world), 0)
})
