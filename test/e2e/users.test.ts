// Users, their budgets and prices in several processes: what one process is told holds for the next request of another.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { PostgresServer } from '../make/postgres.ts'
import { type Answer, askAs, masterKey } from './access.ts'
import { nanoOf, openaiPrice, question, startWorld, temporaryFolder, type World } from './world.ts'

const paid = question({ model: 'openai/gpt-4o', max_tokens: 100 })
const onlyPaid = { local_ollama: undefined, ollama_cloud: undefined }

let postgres: PostgresServer
before(async () => {
  postgres = await PostgresServer.start()
})
after(() => postgres.end())

for (const kind of ['file', 'database'] as const) {
  describe(`two gateways on one ${kind}`, () => {
    const folder = temporaryFolder()
    let one: World
    let two: World
    before(async () => {
      const ledger = kind === 'file' ? `sqlite:${folder.path}/aegis.db` : await postgres.newDatabase()
      const config = { auth: { master_key: masterKey }, ledger }
      one = await startWorld({ providers: onlyPaid, config })
      two = await startWorld({ providers: onlyPaid, config })
    })
    after(async () => {
      await one[Symbol.asyncDispose]()
      await two[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    })

    const tell = async (method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => {
      const answer = await askAs(one.gateway.url + path, method, body)
      assert.ok(answer.status < 300, answer.text)
      return answer.json
    }
    const askTwo = (key: string): Promise<Answer> => askAs(`${two.gateway.url}/v1/chat/completions`, 'POST', paid, key)
    const statusAtTwo = async (key: string) => (await askTwo(key)).status

    test('a user that is blocked in one is refused by the other, and let in again', async () => {
      await tell('POST', '/v1/users', { user_id: 'ada' })
      const { key } = await tell('POST', '/v1/keys', { user_id: 'ada' })
      assert.equal(await statusAtTwo(key), 200)
      await tell('PATCH', '/v1/users/ada', { blocked: true })
      assert.equal(await statusAtTwo(key), 403)
      await tell('PATCH', '/v1/users/ada', { blocked: false })
      assert.equal(await statusAtTwo(key), 200)
      await tell('DELETE', '/v1/users/ada')
      assert.equal(await statusAtTwo(key), 401)
    })

    test('a budget that is given, lowered and taken away in one holds in the other', async () => {
      const { budget_id } = await tell('POST', '/v1/budgets', { max_budget: 0, budget_duration_sec: 86_400 })
      await tell('POST', '/v1/users', { user_id: 'bob', budget_id })
      const { key } = await tell('POST', '/v1/keys', { user_id: 'bob' })
      assert.equal(await statusAtTwo(key), 402)
      await tell('PATCH', `/v1/budgets/${budget_id}`, { max_budget: 1 })
      assert.equal(await statusAtTwo(key), 200)
      await tell('PATCH', `/v1/budgets/${budget_id}`, { max_budget: 0.0000001 })
      assert.equal(await statusAtTwo(key), 402)
      await tell('PATCH', '/v1/users/bob', { budget_id: null })
      assert.equal(await statusAtTwo(key), 200)
    })

    test('a price that is set in one is what the other bills', async () => {
      const { key } = await tell('POST', '/v1/keys', {})
      const costAtTwo = async () => {
        const { usage } = (await askTwo(key)).json
        return [Math.round(usage.cost * 1e9), usage.prompt_tokens, usage.completion_tokens] as const
      }
      const rates = { input_price_per_million: 1, output_price_per_million: 3 }
      await tell('POST', '/v1/pricing', { model_key: 'openai:gpt-4o', ...rates })
      const [set, input, output] = await costAtTwo()
      assert.equal(set, nanoOf(input, output, { input: 1000, output: 3000 }))
      await tell('DELETE', '/v1/pricing/openai:gpt-4o')
      const [before, inputBefore, outputBefore] = await costAtTwo()
      assert.equal(before, nanoOf(inputBefore, outputBefore, openaiPrice))
    })

    test('a user’s budget is not passed by requests that come to both at once', async () => {
      const max_budget = 0.01
      const { budget_id } = await tell('POST', '/v1/budgets', { max_budget, budget_duration_sec: 3600 })
      await tell('POST', '/v1/users', { user_id: 'eve', budget_id })
      const { key } = await tell('POST', '/v1/keys', { user_id: 'eve' })
      for (const { openai } of [one, two]) openai.always({ usage: { prompt_tokens: 20, completion_tokens: 100 } })
      const asked = Array.from({ length: 30 }, (_, index) =>
        askAs(`${(index % 2 === 0 ? one : two).gateway.url}/v1/chat/completions`, 'POST', paid, key),
      )
      const answers = await Promise.all(asked)
      const answered = answers.filter(({ status }) => status === 200)
      const cost = answered.reduce((sum, { json }) => sum + json.usage.cost, 0)
      assert.ok(answered.length > 0 && answered.length < 30, `${answered.length} of 30`)
      assert.ok(cost <= max_budget, `${cost} was spent`)
      const { spend } = (await askAs(`${one.gateway.url}/v1/users/eve`, 'GET')).json
      assert.ok(spend <= max_budget)
    })
  })
}

test('an interval ends for each user when its own time is over, and begins anew', async () => {
  let nowMs = Date.parse('2026-11-27T10:07:00Z')
  const clock = { wallMs: () => nowMs, monotonicMs: () => performance.now() }
  const config = { auth: { master_key: masterKey } }
  await using world = await startWorld({ providers: onlyPaid, config, gateway: { clock } })
  const url = world.gateway.url
  const ask = async (key: string) => (await askAs(`${url}/v1/chat/completions`, 'POST', paid, key)).status
  const worstCase = await (async () => {
    const { key } = (await askAs(`${url}/v1/keys`, 'POST', {})).json
    assert.equal(await ask(key), 200)
    return 0.0015
  })()
  world.openai.always({ usage: { prompt_tokens: 20, completion_tokens: 100 } })
  const { budget_id } = (await askAs(`${url}/v1/budgets`, 'POST', { max_budget: worstCase, budget_duration_sec: 3600 }))
    .json
  const keyOf = async (user_id: string) => {
    await askAs(`${url}/v1/users`, 'POST', { user_id, budget_id })
    return (await askAs(`${url}/v1/keys`, 'POST', { user_id })).json.key as string
  }
  const early = await keyOf('early')
  assert.equal(await ask(early), 200)
  assert.equal(await ask(early), 402)
  nowMs += 1_800_000
  const late = await keyOf('late')
  assert.equal(await ask(late), 200)
  nowMs += 1_800_000 - 1
  assert.deepEqual([await ask(early), await ask(late)], [402, 402])
  nowMs += 1
  assert.deepEqual([await ask(early), await ask(late)], [200, 402])
  const user = (await askAs(`${url}/v1/users/early`, 'GET')).json
  assert.equal(user.budget_started_at, new Date(nowMs).toISOString())
  assert.equal(user.next_budget_reset_at, new Date(nowMs + 3_600_000).toISOString())
})
