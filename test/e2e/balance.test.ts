// Two local servers of a group share the work, by weight or by who began to answer sooner, and stand in for each other.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startOllamaUpstream, type Upstream } from '../../src/testing/index.ts'
import { localOllama, type ProviderInput, type RunningGateway, startGateway } from '../make/gateway.ts'
import { HandClock } from '../make/hand-clock.ts'
import { ask, type Reply } from './client.ts'

interface Pair {
  readonly one: Upstream
  readonly two: Upstream
}

function gatewayBefore(
  { one, two }: Pair,
  random: () => number,
  clock: HandClock,
  more: Partial<ProviderInput>[] = [],
) {
  const providers = { one: localOllama(one, more[0]), two: localOllama(two, more[1]) }
  return startGateway({ providers, routing: { groups: [['one', 'two']] } }, { clock, timers: clock, random })
}

const chat = ({ url }: RunningGateway, model = 'auto'): Promise<Reply> =>
  ask(`${url}/v1/chat/completions`, { model, messages: [{ role: 'user', content: 'Hello' }] })

const answeredBy = (reply: Reply) => reply.headers['x-aegis-provider']

describe('two servers of the same model', { concurrency: true }, () => {
  test('share by weight, and the reason is that of the rule', async () => {
    await using one = await startOllamaUpstream()
    await using two = await startOllamaUpstream()
    let chance = 0
    const weights = [{ weight: 1 }, { weight: 3 }]
    await using gateway = await gatewayBefore({ one, two }, () => chance, new HandClock(), weights)
    const seen: unknown[] = []
    for (chance of [0, 0.2, 0.3, 0.9]) {
      const reply = await chat(gateway)
      assert.equal(reply.headers['x-aegis-reason'], 'default_local')
      seen.push(answeredBy(reply))
    }
    assert.deepEqual(seen, ['one', 'one', 'two', 'two'])
    assert.equal(answeredBy(await chat(gateway, 'one/llama3.2:8b')), 'one', 'who is named is asked')
  })

  test('are asked by who began to answer sooner', async () => {
    await using one = await startOllamaUpstream()
    await using two = await startOllamaUpstream()
    const clock = new HandClock()
    await using gateway = await gatewayBefore({ one, two }, () => 0, clock)
    // The clock moves while the first one is being asked, so that it is the slower one.
    const { promise: heldUntil, resolve: release } = Promise.withResolvers<void>()
    one.next({ heldUntil })
    const slow = chat(gateway)
    await one.journal.waitUntil(() => one.journal.requests.length === 1, 60_000)
    clock.advance(900)
    release()
    assert.equal(answeredBy(await slow), 'one')
    for (let time = 0; time < 3; time += 1) assert.equal(answeredBy(await chat(gateway)), 'two')
  })

  test('stand in for each other when the chosen one fails', async () => {
    await using one = await startOllamaUpstream()
    await using two = await startOllamaUpstream()
    const weights = [{ weight: 1 }, { weight: 1 }]
    await using gateway = await gatewayBefore({ one, two }, () => 0.9, new HandClock(), weights)
    two.always({ status: 500 })
    const reply = await chat(gateway)
    assert.deepEqual([reply.status, answeredBy(reply), reply.headers['x-aegis-attempts']], [200, 'one', '2'])
  })
})
