// `aegis init` and `aegis check`.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { startOllamaUpstream } from '../../src/testing/index.ts'
import { assertClean, jsonOf, Workplace } from './aegis-process.ts'
import { startThreeProviders, type ThreeProviders, withProviders } from './three-providers.ts'

interface CheckJson {
  readonly ok: boolean
  readonly sandbox: boolean
  readonly providers: readonly {
    readonly name: string
    readonly state: string
    readonly local_because: string | null
    readonly trial: { readonly model: string; readonly first_token_ms: number } | null
    readonly models: readonly { readonly model: string; readonly listed: boolean | null; readonly price: string }[]
  }[]
  readonly budgets: readonly string[]
  readonly auth: string
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

describe('aegis check', () => {
  let upstreams: ThreeProviders
  let place: Workplace
  before(async () => {
    upstreams = await startThreeProviders()
    place = new Workplace()
  })
  after(async () => {
    await place[Symbol.asyncDispose]()
    await upstreams[Symbol.asyncDispose]()
  })

  test('a configuration that works', async () => {
    place.write('aegis.yml', upstreams.config)
    const ended = await place.run(['check'])
    assert.equal(ended.code, 0, ended.stdout + ended.stderr)
    assert.match(
      ended.stdout,
      /✓ local_ollama +ollama · local · reachable, \d+ ms · 2 models · 127\.0\.0\.1 is this machine/,
    )
    assert.match(ended.stdout, /gemma:latest · there · free/)
    assert.match(ended.stdout, /gpt-oss:120b · there · \$0\.5 in, \$1\.5 out per million \(pricing\.ollama_cloud\.\*\)/)
    assert.match(ended.stdout, /gpt-4o · there · \$2\.5 in, \$10 out per million/)
    assert.match(ended.stdout, /^budget {2}openai: \$0 of \$10 spent/m)
    assert.match(ended.stdout, /^auth {4}no master key/m)
    assertClean(ended)
    const { ok, providers } = jsonOf<CheckJson>(await place.run(['check', '--json']))
    assert.equal(ok, true)
    assert.deepEqual(
      providers.map(({ name, state, local_because }) => [name, state, local_because]),
      [
        ['local_ollama', 'reachable', '127.0.0.1 is this machine'],
        ['ollama_cloud', 'reachable', null],
        ['openai', 'reachable', null],
      ],
    )
  })

  test('it works while a gateway runs with the same ledger, and names what must be fixed', async () => {
    await using forwarding = await startOllamaUpstream({
      models: ['llama3.2:8b', { name: 'gpt-oss:120b-cloud', remoteHost: 'https://ollama.com:443' }],
    })
    const broken = withProviders(upstreams.config, {
      local_ollama: { base_url: forwarding.url, models: ['llama3.2:8b', 'mistral'] },
      ollama_cloud: { base_url: 'http://127.0.0.1:1' },
      openai: { models: ['gpt-4o', 'gpt-4oo'] },
    })
    const path = place.write('broken.yml', broken)
    const gateway = await place.serve(['--config', path])
    const report = await place.run(['check', '--config', path, '--json'])
    gateway.command.kill('SIGTERM')
    await gateway.command.ended
    assert.equal(report.code, 1)
    const { problems, warnings, providers } = jsonOf<CheckJson>(report)
    assert.ok(problems.some((one) => one.startsWith('local_ollama does not have mistral: `ollama pull mistral`')))
    assert.ok(problems.some((one) => /^openai does not have gpt-4oo, did you mean gpt-4o\?/.test(one)))
    assert.ok(
      problems.some((one) =>
        /^ollama_cloud at http:\/\/127\.0\.0\.1:1 could not be reached \(ECONNREFUSED\): /.test(one),
      ),
    )
    assert.ok(problems.some((one) => /openai has models of unknown price.*pricing: \{ openai:/.test(one)))
    assert.equal(problems.length, 4)
    assert.ok(warnings.some((one) => /forwards 1 of its models to ollama\.com \(gpt-oss:120b-cloud\)/.test(one)))
    assert.deepEqual(
      providers.map(({ state }) => state),
      ['reachable', 'unreachable', 'reachable'],
    )
  })

  test('a missing key closes its provider, is a warning with the line to add, and no failure', async () => {
    const unset = ['$', '{NOT_SET_HERE}'].join('')
    const path = place.write('no-key.yml', withProviders(upstreams.config, { openai: { api_key: unset } }))
    const ended = await place.run(['check', '--config', path])
    assert.equal(ended.code, 0, ended.stdout)
    assert.match(ended.stdout, /^- openai .*closed/m)
    assert.match(ended.stdout, /^warning {2}openai is closed: NOT_SET_HERE is not set: export NOT_SET_HERE=sk-\.\.\./m)
    assert.equal(ended.stdout.split('NOT_SET_HERE is not set').length, 3, 'once beside the provider, once as a warning')
  })

  test('an address for other machines without a key is to be fixed; a wrong file is wrong usage', async () => {
    const path = place.write('open.yml', { ...upstreams.config, server: { host: '0.0.0.0', port: 0 } })
    const open = await place.run(['check', '--config', path])
    assert.equal(open.code, 1)
    assert.match(open.stdout, /^problem .*no master key is set: export AEGIS_MASTER_KEY=/m)
    const missing = await place.run(['check', '--config', 'nowhere.yml'])
    assert.equal(missing.code, 2)
    assert.match(missing.stderr, /^error nowhere\.yml: there is no such file: `aegis init`/)
  })

  test('the default model of a free provider gives a tiny answer, and no other provider is asked for one', async () => {
    place.write('aegis.yml', upstreams.config)
    const before = upstreams.openai.journal.requests.length
    const { providers } = jsonOf<CheckJson>(await place.run(['check', '--json']))
    const trials = providers.map(({ name, trial }) => [name, trial?.model, typeof trial?.first_token_ms])
    assert.deepEqual(trials, [
      ['local_ollama', 'llama3.2:8b', 'number'],
      ['ollama_cloud', undefined, 'undefined'],
      ['openai', undefined, 'undefined'],
    ])
    const asked = upstreams.openai.journal.requests.slice(before).map(({ method }) => method)
    assert.deepEqual(asked, ['GET'])
    const shown = await place.run(['check'])
    assert.match(shown.stdout, /^ {4}llama3\.2:8b answered: first token after \d+ ms/m)
  })

  test('a model that is listed and does not answer is to be fixed, and the trial can be left out', async () => {
    place.write('aegis.yml', upstreams.config)
    upstreams.local.always({ status: 500 })
    const failed = await place.run(['check'])
    const without = await place.run(['check', '--no-completion'])
    upstreams.local.reset()
    assert.equal(failed.code, 1)
    assert.match(
      failed.stdout,
      /^problem {2}local_ollama gives no answer with llama3\.2:8b: local_ollama failed \(HTTP 500\)\./m,
    )
    assert.equal(without.code, 0, without.stdout)
  })

  test('a wrong key is to be fixed at its provider, by its name', async () => {
    const config = withProviders(upstreams.config, { openai: { api_key: 'sk-wrong' } })
    const ended = await place.run(['check', '--config', place.write('wrong-key.yml', config)])
    assert.equal(ended.code, 1)
    assert.match(ended.stdout, /^problem {2}openai at http:\S+ does not accept our key or account: check its api_key/m)
    assert.equal(ended.stdout.includes('sk-wrong'), false)
  })

  test('without any provider it examines the sandbox and says so', async () => {
    await using empty = new Workplace()
    const ended = await empty.run(['check', '--json'])
    assert.equal(ended.code, 0, ended.stderr)
    assert.equal(jsonOf<CheckJson>(ended).sandbox, true)
    const shown = await empty.run(['check', '--sandbox'])
    assert.match(shown.stdout, /SANDBOX: all providers are simulated/)
  })
})

test('init writes a configuration that loads and a key that only its owner reads', async () => {
  await using place = new Workplace()
  await using ollama = await startOllamaUpstream({ models: ['qwen3:4b', 'gpt-oss:120b-cloud'] })
  const env = { OLLAMA_HOST: ollama.url }
  const ended = await place.run(['init'], { env })
  assert.equal(ended.code, 0, ended.stderr)
  const key = /^AEGIS_MASTER_KEY=(sk-aegis-[0-9a-f]{8}-[0-9a-f]{48})$/m.exec(
    readFileSync(place.file('.env'), 'utf8'),
  )?.[1]
  assert.ok(key, 'a key of the documented form')
  assert.equal(statSync(place.file('.env')).mode & 0o777, 0o600)
  assert.equal((ended.stdout + ended.stderr).includes(key), false, 'the key is not shown')
  const written = readFileSync(place.file('aegis.yml'), 'utf8')
  assert.match(written, /models: \["qwen3:4b"\]/)
  assert.ok(written.includes(`base_url: ${ollama.url}`))
  assert.match(ended.stdout, / check$/m)

  // `.env` is loaded, so that the file, which needs AEGIS_MASTER_KEY, can be read.
  const report = jsonOf<CheckJson>(await place.run(['check', '--json'], { env }))
  assert.match(report.auth, /needs the master key/)

  const again = await place.run(['init'], { env })
  assert.equal(again.code, 1)
  assert.match(again.stderr, /aegis\.yml exists and was left as it is: --force replaces it/)
  assert.match(readFileSync(place.file('.env'), 'utf8'), new RegExp(key))
  const forced = await place.run(['init', '--force', '--json'], { env })
  assert.equal(jsonOf<{ master_key: string }>(forced).master_key, 'written')
  assert.doesNotMatch(readFileSync(place.file('.env'), 'utf8'), new RegExp(key))
})

test('init adds its key to a .env that is there, and warns where git would take it', async () => {
  await using place = new Workplace()
  execFileSync('git', ['init', '--quiet', place.path])
  place.write('.env', 'OPENAI_API_KEY=sk-mine')
  const ended = await place.run(['init'])
  assert.match(readFileSync(place.file('.env'), 'utf8'), /^OPENAI_API_KEY=sk-mine\nAEGIS_MASTER_KEY=sk-aegis-/)
  assert.match(ended.stderr, /^warning git would take \.env/)
  place.write('.gitignore', '.env\n')
  const kept = await place.run(['init', '--dir', '.', '--json', '--force'])
  assert.equal(jsonOf<{ git_ignored: boolean }>(kept).git_ignored, true)
})
