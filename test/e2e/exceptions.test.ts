// Signed exceptions: what was found of their types may leave for their key until their time, and nothing else ever.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { signException } from '../../src/config/exception-token.ts'
import type { PrivacyException } from '../../src/domain/privacy-exception.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { JsonObject } from '../../src/testing/index.ts'
import { HandClock } from '../make/hand-clock.ts'
import { cloudChat } from './undeclared.ts'
import { startWorld, temporaryFolder, type World } from './world.ts'

const masterKey = 'sk-aegis-test-master-key'
const HOUR_MS = 3_600_000

async function excepted(
  more: Partial<PrivacyException> = {},
  config: object = {},
): Promise<{ world: World; clock: HandClock }> {
  const clock = new HandClock()
  const exception = {
    ...{ id: 'e1', key: 'master', types: ['email_address'], untilMs: clock.wallMs() + HOUR_MS, reason: 'newsletter' },
    ...more,
  }
  const exceptions = [signException(exception, new Secret(masterKey))]
  const world = await startWorld({
    config: { auth: { master_key: masterKey }, privacy: { exceptions }, ...config },
    gateway: { clock, timers: clock },
  })
  return { world, clock }
}

const mail = 'Please answer margaret.thornbury@acme-corp.com'
const card = 'Card 4539 1488 0343 6467'

async function whereTo(world: World, content: string, more: JsonObject = {}): Promise<string> {
  const body = cloudChat({ messages: [{ role: 'user', content }], ...more })
  const reply = await world.chat(body, { headers: { authorization: `Bearer ${masterKey}` } })
  assert.equal(reply.status, 200, reply.text)
  return String(reply.headers['x-aegis-location'])
}

describe('an exception', () => {
  test('lets what was found of its types leave, and is named in the audit record each time', async () => {
    using folder = temporaryFolder()
    const { world } = await excepted({}, { ledger: `sqlite:${join(folder.path, 'aegis.db')}` })
    try {
      assert.equal(await whereTo(world, mail), 'cloud')
    } finally {
      await world[Symbol.asyncDispose]()
    }
    const audit = join(folder.path, 'aegis.db-audit')
    const [file = ''] = readdirSync(audit).filter((name) => name.endsWith('.jsonl'))
    const lines = readFileSync(join(audit, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const [inForce] = lines.filter(({ type }) => type === 'exception')
    assert.deepEqual(
      [inForce.id, inForce.key, inForce.types, inForce.reason],
      ['e1', 'master', ['email_address'], 'newsletter'],
    )
    const [used] = lines.filter(({ type }) => type === 'decision')
    assert.deepEqual([used.exceptions, used.location, used.detected[0].type], [['e1'], 'cloud', 'email_address'])
  })

  test('lifts nothing of another type beside it', async () => {
    const { world } = await excepted()
    await using _ = world
    assert.equal(await whereTo(world, card), 'local')
    assert.equal(await whereTo(world, `${mail} and ${card}`), 'local')
  })

  test('lifts nothing that was declared, that a session was before, or that is health data', async () => {
    const { world } = await excepted({ types: ['email_address', 'medical_record_number'] })
    await using _ = world
    assert.equal(await whereTo(world, mail, { aegis: { data_classification: 'pii' } }), 'local')
    assert.equal(await whereTo(world, 'hello', { aegis: { data_classification: 'hipaa', session: 's1' } }), 'local')
    assert.equal(await whereTo(world, mail, { aegis: { session: 's1' } }), 'local')
    const health = `Patient ${mail}, diagnosis: diabetes mellitus type 2, MRN 00123456, started insulin`
    assert.equal(await whereTo(world, health), 'local')
  })

  test('is for its key alone', async () => {
    const { world } = await excepted({ key: 'team-a' })
    await using _ = world
    assert.equal(await whereTo(world, mail), 'local')
  })

  test('ends with its time while the gateway runs', async () => {
    const { world, clock } = await excepted()
    await using _ = world
    assert.equal(await whereTo(world, mail), 'cloud')
    clock.advance(HOUR_MS)
    assert.equal(await whereTo(world, mail), 'local')
  })

  test('is no permission for what cannot be judged', async () => {
    const { world } = await excepted({ types: ['email_address', 'undecidable'] })
    await using _ = world
    const image = [{ type: 'image_url', image_url: { url: 'https://example.org/a.png' } }]
    const body = cloudChat({ messages: [{ role: 'user', content: image }] })
    const reply = await world.chat(body, { headers: { authorization: `Bearer ${masterKey}` } })
    assert.notEqual(reply.headers['x-aegis-location'], 'cloud')
  })
})
