// A rollout on a real gateway: who goes where, what a fault does, what a shadow does, and that restricted data stays.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { RolloutView } from '../../src/rollout/rollout-view.ts'
import type { JsonObject } from '../../src/testing/index.ts'
import { type Ask, ask, get } from './client.ts'
import { question, startWorld, until, type World, type WorldOptions } from './world.ts'

type RolloutInput = NonNullable<ConfigInput['rollout']>

/** A candidate that sends everything to OpenAI, and nowhere else. */
const toOpenAI: RolloutInput['candidate'] = { routing: { default_provider: 'openai', fallback: ['openai'] } }

function rolling(more: Partial<RolloutInput> = {}): WorldOptions {
  const rollout: RolloutInput = {
    candidate: toOpenAI,
    stages: [{ percent: 50, min_requests: 1_000_000 }, 100],
    ...{ min_time: '1s', min_requests: 5, check_every: '1s' },
    // A month of what a second of tests costs is a lot, and this machine may be slow.
    gates: { p95_ms: 3_600_000, monthly_cost: 9_000_000 },
    ...more,
  }
  return { config: { rollout } }
}

const admin = async (world: World, order?: JsonObject) => {
  const url = `${world.gateway.url}/admin/rollout`
  const reply = await (order ? ask(url, order) : get(url))
  return { status: reply.status, view: reply.json as unknown as RolloutView, error: reply.json.error as JsonObject }
}
const asUser = (user: string, more: JsonObject = {}) => question({ user, ...more })
const posts = ({ journal }: World['openai']) => journal.requests.filter(({ method }) => method === 'POST').length
/** As many users as are surely in both cohorts. */
const users = Array.from({ length: 24 }, (_, index) => `user-${index}`)

describe('a gateway with a candidate policy', { concurrency: true }, () => {
  test('sends everything by the current policy until it is started', async () => {
    await using world = await startWorld(rolling())
    const reply = await world.chat(asUser('ann'))
    assert.equal(reply.headers['x-aegis-provider'], 'local_ollama')
    assert.equal(reply.headers['x-aegis-cohort'], undefined)
    const { view } = await admin(world)
    assert.deepEqual([view.phase, view.percent, view.stages], ['idle', 0, [50, 100]])
  })

  test('gives each user one policy and keeps to it, streamed or whole, also in what it explains', async () => {
    await using world = await startWorld(rolling())
    assert.equal((await admin(world, { action: 'start' })).view.percent, 50)
    const cohorts = new Map<string, string>()
    for (const round of [1, 2]) {
      for (const user of users) {
        const { headers, status } = await world.chat(asUser(user, { stream: round === 2 }))
        assert.equal(status, 200)
        const cohort = String(headers['x-aegis-cohort'])
        assert.equal(headers['x-aegis-provider'], cohort === 'candidate' ? 'openai' : 'local_ollama')
        assert.equal(cohorts.get(user) ?? cohort, cohort)
        cohorts.set(user, cohort)
      }
    }
    const inCandidate = [...cohorts.values()].filter((cohort) => cohort === 'candidate').length
    assert.ok(inCandidate >= 4 && inCandidate <= 20, `${inCandidate} of 24`)
    assert.equal(posts(world.openai), inCandidate * 2, 'nothing is sent twice')
    for (const user of users.slice(0, 4)) {
      const explained = (await world.explain(asUser(user))).json
      assert.equal(explained.cohort, cohorts.get(user))
    }
    const { view } = await admin(world)
    assert.equal(view.cohorts.candidate.requests, inCandidate * 2)
    assert.equal(view.nameless, 0)
    assert.equal((await world.chat()).headers['x-aegis-cohort'], 'current')
    assert.equal((await admin(world)).view.nameless, 1, 'who has no name is counted')
    assert.equal(view.cohorts.current.requests, (24 - inCandidate) * 2)
    const metric = (cohort: string) => world.metric(`llm_rollout_requests_total{cohort="${cohort}",status="ok"}`)
    assert.deepEqual([metric('candidate'), metric('current')], [inCandidate * 2, (24 - inCandidate) * 2 + 1])
    assert.equal(world.metric('llm_rollout_percent'), 50)
  })

  test('grows by itself to all traffic, and says so', async () => {
    await using world = await startWorld(rolling({ stages: [50, 100] }))
    await admin(world, { action: 'start' })
    const serve = async () => {
      await Promise.all(users.map((user) => world.chat(asUser(user))))
      return (await admin(world)).view
    }
    await until(async () => (await serve()).phase === 'completed', 'the end of the rollout')
    assert.equal((await world.chat(question())).headers['x-aegis-cohort'], 'candidate', 'also without a user')
    const { view } = await admin(world)
    assert.deepEqual(
      view.steps.map(({ by, action, to_percent }) => `${by} ${action} ${to_percent}`),
      ['gates complete 100', 'gates advance 100', 'operator start 50'],
    )
    await until(async () => (await alertTypes(world)).includes('rollout.completed'), 'the alert')
  })

  test('takes the candidate back when its provider fails, with a step in the log and an alert', async () => {
    await using world = await startWorld(rolling({ stages: [50, { percent: 75, min_requests: 10 }, 100] }))
    await admin(world, { action: 'start' })
    await admin(world, { action: 'advance' })
    world.openai.always({ status: 500 })
    const percent = async () => {
      await Promise.all(users.map((user) => world.chat(asUser(user))))
      return (await admin(world)).view.percent
    }
    await until(async () => (await percent()) < 75, 'the rollback')
    const { view } = await admin(world)
    const rollback = view.steps.find(({ action }) => action === 'rollback')
    assert.deepEqual([rollback?.by, rollback?.from_percent, rollback?.to_percent], ['gates', 75, 50])
    assert.equal(rollback?.cause?.gate, 'error_rate_percent')
    const logged = world.gateway.log.find(
      ({ event, fields }) => event === 'rollout_step' && fields.action === 'rollback',
    )
    assert.equal(logged?.fields.gate, 'error_rate_percent')
    await until(async () => (await alertTypes(world)).includes('rollout.rolled_back'), 'the alert')
    const status = (await get(`${world.gateway.url}/admin/status`)).json.rollout as JsonObject
    assert.equal(status.phase, 'rolled_back')
    assert.equal(status.gate, 'error_rate_percent')
  })

  test('as a shadow sends nothing by the candidate, and counts what would be another decision', async () => {
    await using world = await startWorld(
      rolling({
        candidate: {
          routing: { rules: [{ when: { tags: ['research'] }, use: 'openai' }], default_provider: 'local_ollama' },
        },
      }),
    )
    await admin(world, { action: 'start', shadow: true })
    const research = { aegis: { tags: ['research'] } }
    for (const user of users.slice(0, 5)) {
      const reply = await world.chat(asUser(user, research))
      assert.deepEqual(
        [reply.headers['x-aegis-provider'], reply.headers['x-aegis-cohort']],
        ['local_ollama', 'current'],
      )
      assert.equal((await world.chat(asUser(user))).status, 200)
    }
    const secret = { aegis: { tags: ['research'], data_classification: 'pii' } }
    for (const user of users.slice(0, 3)) assert.equal((await world.chat(asUser(user, secret))).status, 200)
    await world.atRest()
    assert.equal(posts(world.openai), 0)
    const shadow = (await admin(world)).view.shadow
    assert.ok(shadow)
    const { cost_candidate_usd: cost, ...rest } = shadow
    assert.deepEqual(rest, {
      ...{ compared: 13, agree: 8, priced: 13, cost_current_usd: 0, restricted_moves: 0 },
      differ: [{ reason: 'rule', from: 'local_ollama', to: 'openai', requests: 5 }],
    })
    assert.ok(cost > 0, 'the usage of the local answers at the price of OpenAI')
    assert.equal(world.metric('llm_rollout_shadow_total{agrees="no"}'), 5)
  })

  test('never sends restricted data elsewhere, whatever the candidate says', async () => {
    await using world = await startWorld(
      rolling({
        stages: [100],
        candidate: {
          routing: {
            default_provider: 'openai',
            fallback: ['openai', 'ollama_cloud', 'local_ollama'],
            rules: [
              { when: { restricted: true }, use: 'openai' },
              { when: { classification: 'pii' }, use: 'ollama_cloud' },
              { use: 'openai' },
            ],
          },
        },
      }),
    )
    await admin(world, { action: 'start' })
    assert.equal((await world.chat(asUser('ann'))).headers['x-aegis-provider'], 'openai', 'the candidate decides')
    const before = posts(world.openai)
    const canary = 'Erika Mustermann, DE89 3704 0044 0532 0130 00'
    const asking: Ask['reply'][] = []
    for (const stream of [true, false]) {
      for (const level of ['confidential', 'pii', 'hipaa']) {
        for (const hints of [{}, { quality_requirement: 'critical', complexity: 'high' }, { batch_size: 20 }]) {
          asking.push(world.chat(asUser('ann', { stream, aegis: { data_classification: level, ...hints } })))
        }
      }
      asking.push(world.chat(asUser('ann', { stream, messages: [{ role: 'user', content: canary }] })))
      asking.push(world.chat(asUser('ann', { stream, model: 'openai/gpt-4o', aegis: { data_classification: 'pii' } })))
    }
    for (const reply of await Promise.all(asking)) {
      assert.deepEqual(
        [reply.status, reply.headers['x-aegis-location'], reply.headers['x-aegis-cohort']],
        [200, 'local', 'candidate'],
      )
    }
    world.local_ollama.always({ status: 500 })
    const failed = await world.chat(asUser('ann', { aegis: { data_classification: 'pii' } }))
    assert.equal(failed.status, 503)
    assert.equal(posts(world.openai), before)
    assert.equal(posts(world.ollama_cloud), 0)
  })

  test('refuses what makes no sense, and says what would', async () => {
    await using world = await startWorld(rolling())
    for (const [order, says] of [
      [{ action: 'begin' }, /start, advance/],
      [{ action: 'advance' }, /start it/],
      [{ action: 'start', shadow: 'yes' }, /true or false/],
      [{ action: 'pause', to_percent: 30 }, /belongs to rollback/],
      [{ action: 'start', percent: 30 }, /nothing else/],
    ] as const) {
      const { status, error } = await admin(world, order)
      assert.deepEqual([status, error.code, error.param], [400, 'invalid_request', 'action'])
      assert.match(String(error.message), says)
    }
    assert.equal((await admin(world)).view.phase, 'idle')
  })
})

test('a gateway without a candidate has no rollout, no cohorts and no metrics of them', async () => {
  await using world = await startWorld()
  const { status, error } = await admin(world)
  assert.deepEqual([status, error.code], [404, 'not_found'])
  assert.equal((await world.chat()).headers['x-aegis-cohort'], undefined)
  assert.equal(world.metric('llm_rollout_percent'), undefined)
  assert.equal((await get(`${world.gateway.url}/admin/status`)).json.rollout, null)
})

async function alertTypes(world: World): Promise<readonly unknown[]> {
  const { data } = (await get(`${world.gateway.url}/admin/alerts`)).json
  return (data as JsonObject[]).map(({ type }) => type)
}
