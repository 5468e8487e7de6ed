// `aegis audit` and `aegis privacy except` as processes: what they say, and their exit codes.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { AuditLog } from '../../src/audit/audit-log.ts'
import { readException } from '../../src/config/exception-token.ts'
import { Secret } from '../../src/domain/secret.ts'
import { question, startWorld } from '../e2e/world.ts'
import { Workplace } from './aegis-process.ts'

const clock = { wallMs: () => Date.now(), monotonicMs: () => 0 }
const logger = { info() {}, warn() {}, error() {} }
const providers = { local_ollama: { base_url: 'http://127.0.0.1:9', models: ['m'] } }

async function record(workplace: Workplace): Promise<string> {
  const folder = join(workplace.path, 'aegis.db-audit')
  const log = AuditLog.open({ folder, clock, logger, about: { version: '1' } })
  log.record({
    type: 'violation',
    data: { provider: 'local_ollama', cause: 'remote_model_answered', request_id: 'req_1' },
  })
  log.record({ type: 'reopened', data: { provider: 'local_ollama', by: 'person' } })
  await log.close()
  return join(folder, 'chain-1.000001.jsonl')
}

describe('aegis audit', { concurrency: 2 }, () => {
  test('verifies a whole record, and one that was cut short by the head that was kept', async () => {
    await using workplace = new Workplace()
    const file = await record(workplace)
    const head = await workplace.run(['audit', 'head'])
    assert.match(head.stdout, /^1:3:[0-9a-f]{64}\n$/)
    const whole = await workplace.run(['audit', 'verify', '--head', head.stdout.trim()])
    assert.deepEqual([whole.code, whole.stderr], [0, ''])
    assert.match(whole.stdout, /3 records, 1 chain, 1 file\nwhole/)
    writeFileSync(file, `${readFileSync(file, 'utf8').split('\n').slice(0, 2).join('\n')}\n`)
    assert.equal((await workplace.run(['audit', 'verify'])).code, 0)
    const cut = await workplace.run(['audit', 'verify', '--head', head.stdout.trim(), '--json'])
    assert.equal(cut.code, 1)
    assert.match(JSON.parse(cut.stdout).broken[0].problem, /record 3 of chain 1/)
  })

  test('names the first broken link and ends with 1', async () => {
    await using workplace = new Workplace()
    const file = await record(workplace)
    writeFileSync(file, readFileSync(file, 'utf8').replace('remote_model_answered', 'address_not_local'))
    const { code, stdout } = await workplace.run(['audit', 'verify'])
    assert.equal(code, 1)
    assert.match(stdout, /broken {2}chain-1\.000001\.jsonl:2 is no record, or was changed/)
  })

  test('shows what was recorded, for people and for programs', async () => {
    await using workplace = new Workplace()
    await record(workplace)
    const shown = await workplace.run(['audit', 'show', '--type', 'violation', '--json'])
    const [line] = shown.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
    assert.deepEqual(
      [line.type, line.provider, line.cause, line.request_id],
      ['violation', 'local_ollama', 'remote_model_answered', 'req_1'],
    )
    const table = await workplace.run(['audit', 'show'])
    assert.match(table.stdout, /violation.*remote_model_answered.*local_ollama/)
    assert.match((await workplace.run(['audit', 'show', '--request', 'none'])).stdout, /Nothing of that/)
  })

  test('says where there is no record, and what is no head', async () => {
    await using workplace = new Workplace()
    const none = await workplace.run(['audit', 'verify'])
    assert.deepEqual([none.code, /There is no audit record in/.test(none.stderr)], [1, true])
    await record(workplace)
    assert.equal((await workplace.run(['audit', 'verify', '--head', 'x'])).code, 2)
  })

  test('finds without a flag what a start without a configuration recorded, and says that it is the sandbox’s', async () => {
    await using workplace = new Workplace()
    const gateway = await workplace.serve([])
    const body = { model: 'auto', messages: [{ role: 'user', content: 'hello' }] }
    const reply = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) })
    assert.equal(reply.status, 200)
    gateway.command.kill('SIGTERM')
    await gateway.command.ended
    const verified = await workplace.run(['audit', 'verify'])
    assert.equal(verified.code, 0, verified.stderr)
    assert.match(verified.stdout, /aegis-sandbox-.*-audit: \d+ records, 1 chain/)
    const shown = await workplace.run(['audit', 'show'])
    assert.match(shown.stdout, /decision.*local_ollama/)
    assert.match(shown.stderr, /^the record of the sandbox, in .*-audit\n$/)
    // A gateway of this directory goes before.
    await record(workplace)
    assert.match((await workplace.run(['audit', 'verify'])).stdout, /^\.\/aegis\.db-audit: 3 records/)
  })

  test('tells `aegis check` of violations', async () => {
    await using workplace = new Workplace()
    await record(workplace)
    const config = workplace.write('aegis.yml', { providers })
    const { stdout } = await workplace.run(['check', '--config', config])
    assert.match(stdout, /privacy violation at local_ollama: remote model answered, 1 in the last week/)
  })
})

test('aegis privacy open lets a closed provider have restricted data again, and refuses what is not closed', async () => {
  await using world = await startWorld()
  await using workplace = new Workplace()
  const open = (name: string) => workplace.run(['privacy', 'open', name, '--url', world.gateway.url])
  const refused = await open('local_ollama')
  assert.deepEqual([refused.code, /No provider of this name is closed/.test(refused.stderr)], [1, true], refused.stderr)
  world.gateway.aegis.privacy.onViolation({ provider: 'local_ollama', cause: 'remote_model_answered' })
  const restricted = question({ aegis: { data_classification: 'pii' } })
  assert.equal((await world.chat(restricted)).status, 503)
  const opened = await open('local_ollama')
  assert.deepEqual([opened.code, opened.stdout], [0, 'local_ollama may have restricted data again\n'], opened.stderr)
  assert.equal((await world.chat(restricted)).status, 200)
})

describe('aegis privacy except', { concurrency: 2 }, () => {
  const masterKey = 'sk-aegis-test-master-key'
  const env = { AEGIS_MASTER_KEY: masterKey }
  const until = new Date(Date.now() + 86_400_000).toISOString()
  const words = (types: string, more: readonly string[] = []) => [
    'privacy',
    'except',
    '--key',
    'team-a',
    '--types',
    types,
    '--until',
    until,
    '--reason',
    'bill run',
    ...more,
  ]

  test('signs a line that a configuration takes', async () => {
    await using workplace = new Workplace()
    const { code, stdout, stderr } = await workplace.run(words('credit_card,email_address'), { env })
    assert.equal(code, 0, stderr)
    const read = readException(stdout.trim(), new Secret(masterKey), Date.now())
    assert.ok(typeof read === 'object')
    assert.deepEqual([read.key, read.types, read.reason], ['team-a', ['credit_card', 'email_address'], 'bill run'])
    const privacy = { exceptions: [stdout.trim()] }
    const config = workplace.write('aegis.yml', { providers, privacy })
    const explained = await workplace.run(['explain', 'hi', '--config', config, '--json'], { env })
    assert.equal(explained.code, 0, explained.stderr)
    const unsigned = await workplace.run(['explain', 'hi', '--config', config], {
      env: { AEGIS_MASTER_KEY: 'another-key' },
    })
    assert.deepEqual([unsigned.code, /signed with another master key/.test(unsigned.stderr)], [2, true])
  })

  test('refuses what it cannot mean, and says why', async () => {
    await using workplace = new Workplace()
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [words('credit_cards'), /did you mean credit_card\?/],
      [words('health_condition'), /hipaa|There is no type/],
      [words('email_address', ['--until', '2020-01-01']), /is over already/],
      [words('email_address', ['--until', '2999-01-01']), /more than a year/],
      [words('email_address', ['--until', 'tomorrow']), /is a time such as/],
      [words('email_address', ['--key', 'sk-aegis-1-abc']), /give its id only/],
    ]
    for (const [given, reason] of cases) {
      const { code, stderr } = await workplace.run(given, { env })
      assert.deepEqual([code, reason.test(stderr)], [2, true], stderr)
    }
    const without = await workplace.run(words('email_address'))
    assert.match(without.stderr, /There is no master key to sign with/)
  })
})
