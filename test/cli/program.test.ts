// The command line as a whole: help, wrong usage, `aegis serve` and `aegis policy test`.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { assertClean, jsonOf, Workplace } from './aegis-process.ts'

const examples = fileURLToPath(new URL('../../examples/policy-cases.yml', import.meta.url))

interface PolicyJson {
  readonly passed: number
  readonly failed: number
  readonly cases: readonly {
    readonly name: string
    readonly passed: boolean
    readonly differences: readonly object[]
  }[]
}

describe('the command line', () => {
  let place: Workplace
  before(() => {
    place = new Workplace()
  })
  after(() => place[Symbol.asyncDispose]())

  test('alone it prints its help and ends with 0', async () => {
    const ended = await place.run([])
    assert.equal(ended.code, 0)
    for (const name of ['serve', 'init', 'check', 'ask', 'explain', 'policy', 'budget', 'usage', 'sandbox']) {
      assert.match(ended.stdout, new RegExp(`^ {2}${name}\\b`, 'm'))
    }
    assert.match(ended.stdout, /Exit code: 0 done, 1 the answer is no, 2 wrong usage/)
    assertClean(ended)
  })

  test('a misspelt command is answered with the nearest one, and 2', async () => {
    const ended = await place.run(['chekc'])
    assert.equal(ended.code, 2)
    assert.match(ended.stderr, /unknown command 'chekc'\n\(Did you mean check\?\)/)
    const flag = await place.run(['ask', 'hi', '--clasification', 'pii'])
    assert.equal(flag.code, 2)
    assert.match(flag.stderr, /Did you mean --classification\?/)
  })

  test('serve --json says where it listens, and a bad address or port is told', async () => {
    const command = place.start(['serve', '--sandbox', '--port', '0', '--json'])
    const [line] = await command.shown(/^\{.*\}$/m)
    const { url, source } = JSON.parse(line) as { url: string; source: string }
    assert.equal(source, 'sandbox')
    const taken = await place.run(['serve', '--sandbox', '--port', new URL(url).port])
    assert.equal(taken.code, 1)
    assert.match(taken.stderr, /^error Port \d+ on 127\.0\.0\.1 is in use/m)
    command.kill('SIGTERM')
    assert.equal((await command.ended).code, 0)
    const open = await place.run(['serve', '--sandbox', '--host', '0.0.0.0'])
    assert.equal(open.code, 2)
    assert.match(open.stderr, /no master key is set/)
  })

  test('a .env that cannot be read is a warning, and a variable that is set wins over it', async () => {
    await using other = new Workplace()
    const unset = ['$', '{AEGIS_MASTER_KEY}'].join('')
    other.write('aegis.yml', {
      providers: { local_ollama: { base_url: 'http://127.0.0.1:1', models: ['m'] } },
      auth: { master_key: unset },
    })
    other.write('.env', 'AEGIS_MASTER_KEY=short\n')
    assert.equal((await other.run(['check'])).code, 2, 'the short key of .env is read')
    const set = await other.run(['check'], { env: { AEGIS_MASTER_KEY: 'sk-aegis-long-enough' } })
    assert.equal(set.code, 1, 'only the provider is missing')
  })

  test('the example cases hold, and the file covers the default routing', async () => {
    const ended = await place.run(['policy', 'test', examples])
    assert.equal(ended.code, 0, ended.stdout)
    assert.match(ended.stdout, /\n\n\d{2} passed, 0 failed\n$/)
    assertClean(ended)
  })

  test('a case that fails shows what was expected and what came, and ends with 1', async () => {
    const path = place.write('cases.yml', {
      cases: [
        { name: 'holds', task: { batch_size: 11 }, expect: { provider: 'ollama_cloud' } },
        { name: 'fails', task: { batch_size: 10 }, expect: { provider: 'ollama_cloud', fallback: ['openai'] } },
      ],
    })
    const ended = await place.run(['policy', 'test', path])
    assert.equal(ended.code, 1)
    assert.match(ended.stdout, /^✓ holds\n✗ fails\n {4}provider: expected ollama_cloud, got local_ollama\n/)
    assert.match(ended.stdout, /fallback: expected \[openai\], got \[openai, ollama_cloud\]/)
    assert.match(ended.stdout, /\n1 passed, 1 failed\n$/)
    const { passed, failed, cases } = jsonOf<PolicyJson>(await place.run(['policy', 'test', path, '--json']))
    assert.deepEqual([passed, failed, cases.map((one) => one.passed)], [1, 1, [true, false]])
  })

  test('a configuration of its own is tested without its keys, by path, inline or --config', async () => {
    const unset = ['$', '{NOBODY_SETS_THIS}'].join('')
    const config = {
      providers: {
        home: { kind: 'ollama', location: 'local', base_url: 'http://127.0.0.1:11434', models: ['m'] },
        openai: { api_key: unset, models: ['gpt-4o'] },
      },
      routing: { rules: [{ name: 'nightly', when: { tags: ['night'] }, use: 'openai' }] },
    }
    const cases = [
      { name: 'tagged', task: { tags: ['night'] }, expect: { provider: 'openai', reason: 'rule' } },
      { name: 'private', task: { tags: ['night'], data_classification: 'pii' }, expect: { provider: 'home' } },
    ]
    place.write('own.yml', config)
    for (const words of [
      ['policy', 'test', place.write('inline.yml', { config, cases })],
      ['policy', 'test', place.write('path.yml', { config: 'own.yml', cases })],
      ['policy', 'test', place.write('flag.yml', { cases }), '--config', 'own.yml'],
    ]) {
      const ended = await place.run(words)
      assert.equal(ended.code, 0, ended.stdout + ended.stderr)
    }
  })

  test('cases with mistakes are told by name and line, all at once', async () => {
    const path = place.write(
      'wrong.yml',
      'cases:\n  - name: one\n    task: { complexty: high }\n    expect: { provider: opnai }\n',
    )
    const ended = await place.run(['policy', 'test', path])
    assert.equal(ended.code, 2)
    assert.match(ended.stderr, /wrong\.yml:3:\d+ .*case "one": unknown key, did you mean complexity\?/)
    assert.match(ended.stderr, /wrong\.yml:4:\d+ .*case "one": no provider has this name, did you mean openai\?/)
    const missing = await place.run(['policy', 'test', 'nowhere.yml'])
    assert.equal(missing.code, 2)
    assert.match(missing.stderr, /^error nowhere\.yml: there is no such file/)
  })
})

test('what was compiled is kept beside the code, and nowhere when that is switched off', async () => {
  await using place = new Workplace()
  const said = async (env: Readonly<Record<string, string>>) =>
    (await place.run(['--version'], { env: { NODE_DEBUG_NATIVE: 'COMPILE_CACHE', ...env } })).stderr
  const folder = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))
  const kept = await said({ NODE_COMPILE_CACHE: '' })
  assert.ok(kept.includes(folder), kept.slice(0, 500))
  assert.ok(!(await said({ NODE_COMPILE_CACHE: '', NODE_DISABLE_COMPILE_CACHE: '1' })).includes(folder))
})
