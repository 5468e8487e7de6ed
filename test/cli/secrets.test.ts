// Proves that no command, whatever it writes and however it fails, shows a key or a word of a prompt that it was not asked to show.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { program } from '../../src/cli/program.ts'
import { startOllamaUpstream, startOpenAIUpstream, type Upstream } from '../../src/testing/index.ts'
import { Workplace } from './aegis-process.ts'

const env = {
  AEGIS_MASTER_KEY: 'planted-master-key',
  OPENAI_API_KEY: 'sk-planted-provider-key',
  PLANTED_HOOK: 'planted-webhook-secret',
  PLANTED_LANGSMITH: 'planted-langsmith-key',
  PLANTED_OLD: 'planted-previous-key',
}
const variable = (name: keyof typeof env) => `"$\{${name}}"`

/** Every command, by what makes it do its work; the words of a prompt are not planted, because some show them. */
const commands: readonly (readonly string[])[] = [
  ['check', '--json'],
  ['ask', 'a question', '--json'],
  ['ask', 'a question', '--quality', 'critical', '--complexity', 'high', '--json'],
  ['explain', 'a question', '--json'],
  ['models', '--json'],
  ['policy', 'test', 'cases.yml', '--json'],
  ['budget', 'list', '--json'],
  ['budget', 'set', '--user', 'somebody', '--per', 'day', '--limit', '1', '--json'],
  ['usage', '--json'],
  ['usage', '--by', 'provider', '--json'],
  ['migrate', '--json'],
  ['detect'],
  ['init', '--json'],
  ['sandbox', '--json', 'openai=down'],
  ['keys', 'list', '--json'],
  ['replay', '--policy', 'aegis.yml', '--json'],
  ['rollout', 'status', '--json'],
  ['audit', 'show', '--json'],
  ['audit', 'verify', '--json'],
  ['privacy', 'except', '--key', 'k', '--types', 'email', '--until', '2099-01-01', '--reason', 'a reason', '--json'],
]

describe('planted keys are in no output', () => {
  let place: Workplace
  let openai: Upstream
  let local: Upstream

  before(async () => {
    place = new Workplace()
    openai = await startOpenAIUpstream()
    local = await startOllamaUpstream({ models: ['llama3.2:8b'] })
    place.write(
      'aegis.yml',
      `
providers:
  local_ollama: { kind: ollama, location: local, base_url: ${local.url}, models: [llama3.2:8b] }
  openai: { kind: openai, location: cloud, base_url: ${openai.url}/v1, api_key: ${variable('OPENAI_API_KEY')}, models: [gpt-4o] }
budgets:
  monthly_limits: { openai: 10 }
  webhook: { url: http://127.0.0.1:9/hook, secret: ${variable('PLANTED_HOOK')} }
auth: { previous_master_key: ${variable('PLANTED_OLD')} }
telemetry: { langsmith: { endpoint: http://127.0.0.1:9, api_key: ${variable('PLANTED_LANGSMITH')} } }
ledger: sqlite:aegis.db`,
    )
    place.write('cases.yml', 'cases: [{ name: one, task: { prompt: hello }, expect: { provider: local_ollama } }]')
  })
  after(async () => {
    await place[Symbol.asyncDispose]()
    await Promise.all([openai.close(), local.close()])
  })

  for (const words of commands) {
    test(`of aegis ${words.join(' ')}`, async () => {
      const { stdout, stderr } = await place.run(words, { env, stdin: '{"id":"1","text":"nothing"}\n' })
      assert.ok((stdout + stderr).length > 0)
      assert.doesNotMatch(stdout + stderr, /planted/)
    })
  }

  test('nor where the configuration that holds them is wrong, and the provider refuses them', async () => {
    place.write(
      'wrong.yml',
      `providers: { openai: { api_key: ${env.OPENAI_API_KEY}, models: 7 } }\nauth: { master_key: planted key }\n`,
    )
    openai.always({ status: 401 })
    for (const words of [
      ['check', '--config', 'wrong.yml', '--json'],
      ['ask', 'a question', '--config', 'wrong.yml', '--json'],
      ['serve', '--config', 'wrong.yml', '--json'],
      ['check', '--json'],
      ['ask', 'a question', '--model', 'openai/gpt-4o', '--json'],
    ]) {
      const { stdout, stderr, code } = await place.run(words, { env })
      assert.notEqual(stdout + stderr, '')
      assert.notEqual(code, null)
      assert.doesNotMatch(stdout + stderr, /planted/, words.join(' '))
    }
  })

  test('and no command was forgotten', () => {
    const tried = new Set([...commands.map(([name]) => name), 'serve'])
    const missing = program.commands.map((command) => command.name()).filter((name) => !tried.has(name))
    assert.deepEqual(missing, [])
  })
})
