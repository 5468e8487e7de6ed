// `aegis rollout` and `aegis replay`, by the commands and the files of their guide, beside a gateway that runs.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { RolloutView } from '../../src/rollout/rollout-view.ts'
import { assertClean, type Ended, jsonOf, type RunningGateway, Workplace } from './aegis-process.ts'
import { critical, startThreeProviders, type ThreeProviders } from './three-providers.ts'

const guide = readFileSync(new URL('../../docs/guides/rollout.md', import.meta.url), 'utf8')

/** A file that the guide shows, by the name in its first line. */
function fileOf(name: string): string {
  const text = [...guide.matchAll(/```yaml\n# (\S+)\n(.*?)```/gs)].find(([, title]) => title === name)?.[2]
  return text ?? assert.fail(`the guide shows no ${name}`)
}

/** Every command of the guide, in its order. */
const commands = [...guide.matchAll(/^\$ aegis (.*)$/gm)].map(([, words = '']) => words)

interface Report {
  readonly decisions: number
  readonly same: number
  readonly recorded_cost_usd: number
  readonly policy_cost_usd: number
  readonly restricted: number
  readonly restricted_leaving: number
  readonly providers: readonly { readonly provider: string; readonly policy_requests: number }[]
  readonly differences: readonly { readonly from: string; readonly to: string; readonly requests: number }[]
}

describe('the guide of rollouts', () => {
  let upstreams: ThreeProviders
  let place: Workplace
  let gateway: RunningGateway
  const ran = new Map<string, Ended>()
  before(async () => {
    upstreams = await startThreeProviders()
    place = new Workplace()
    place.write('candidate.yml', fileOf('candidate.yml'))
    place.write('policy-cases.yml', fileOf('policy-cases.yml'))
    const { rollout } = parse(fileOf('aegis.yml')) as Pick<ConfigInput, 'rollout'>
    place.write('aegis.yml', { ...upstreams.config, rollout: { ...rollout, check_every: '1s' } } as ConfigInput)
    gateway = await place.serve([])
  })
  after(async () => {
    await place[Symbol.asyncDispose]()
    await upstreams[Symbol.asyncDispose]()
  })

  const ask = (...words: readonly string[]) => place.run(['ask', 'one', ...words, '--url', gateway.url])
  const status = async (...words: readonly string[]) =>
    jsonOf<RolloutView>(await place.run(['rollout', 'status', '--json', ...words]))
  async function until(holds: () => Promise<boolean>): Promise<void> {
    const patience = AbortSignal.timeout(60_000)
    while (!(await holds())) assert.equal(patience.aborted, false, 'it did not come')
  }
  const replayed = async () => {
    const report = await place.run(['replay', '--policy', 'candidate.yml', '--json'])
    assert.equal(report.code, 0, report.stderr)
    return jsonOf<Report>(report)
  }

  test('decisions are replayed under its candidate, with what they would have cost', async () => {
    upstreams.openai.always({ usage: { prompt_tokens: 1000, completion_tokens: 100 } })
    upstreams.local.always({ usage: { prompt_tokens: 1000, completion_tokens: 100 } })
    assert.equal((await ask()).code, 0)
    assert.equal((await ask(...critical)).code, 0)
    assert.equal((await ask('--classification', 'pii')).code, 0)
    let report = await replayed()
    await until(async () => {
      report = await replayed()
      return report.decisions === 3
    })
    const { recorded_cost_usd, policy_cost_usd, restricted, restricted_leaving, same } = report
    // openai as it was, and the public one at ollama_cloud: a thousand tokens at 0.5 and a hundred at 1.5 per million.
    assert.deepEqual([recorded_cost_usd, policy_cost_usd], [0.0035, 0.0035 + 0.00065])
    assert.deepEqual([restricted, restricted_leaving, same], [1, 0, 1])
    assert.deepEqual(report.differences.map(({ from, to, requests }) => [from, to, requests]).toSorted(), [
      ['local_ollama/llama3.2:8b', 'local_ollama/gemma:latest', 1],
      ['local_ollama/llama3.2:8b', 'ollama_cloud/gpt-oss:120b', 1],
    ])
    assert.deepEqual(
      report.providers.map(({ provider, policy_requests }) => [provider, policy_requests]),
      [
        ['local_ollama', 1],
        ['ollama_cloud', 1],
        ['openai', 1],
      ],
    )
  })

  test('under the configuration that decided nothing is different', async () => {
    const ended = await place.run(['replay', '--policy', 'aegis.yml', '--json'])
    const report = jsonOf<Report>(ended)
    assert.deepEqual([report.decisions, report.same, report.differences], [3, 3, []])
    assert.equal(report.policy_cost_usd, report.recorded_cost_usd)
  })

  for (const words of commands) {
    test(`\`aegis ${words}\` does what it says`, async () => {
      const ended = await place.run(words.split(' '))
      assert.equal(ended.code, 0, `${ended.stdout}${ended.stderr}`)
      assertClean(ended)
      assert.notEqual(ended.stdout, '')
      ran.set(words, ended)
      if (words === 'rollout start --shadow') {
        await until(async () => (await status('--url', gateway.url)).phase === 'shadow')
        await until(async () => {
          assert.equal((await ask()).code, 0)
          return (await status('--url', gateway.url)).shadow?.compared !== 0
        })
      }
    })
  }

  test('the shadow has counted where the candidate would have gone', () => {
    const shown = ran.get('rollout status')?.stdout ?? ''
    assert.match(shown, /^shadow: 0 % of the traffic, by user, candidate candidate\.yml/)
    assert.match(shown, /^default_local\tlocal_ollama\tollama_cloud\t[1-9]/m)
  })

  test('its steps were kept, and the gateway follows them', async () => {
    assert.equal(jsonOf<RolloutView>(ran.get('rollout status --json') ?? assert.fail()).percent, 30)
    const view = await status()
    assert.deepEqual(
      view.steps.map(({ action, to_percent }) => `${action} ${to_percent}`),
      ['rollback 0', 'rollback 10', 'advance 30', 'resume 10', 'pause 10', 'start 10', 'start_shadow 0'],
    )
    assert.equal((await status('--url', gateway.url)).phase, 'rolled_back')
    assert.match(
      ran.get('rollout rollback --to 10')?.stdout ?? '',
      /^rolled back: 10 % .*\n.* waits for `aegis rollout resume`$/m,
    )
  })

  test('its workflow runs the command that it explains', () => {
    const workflow = parse(fileOf('.github/workflows/policy.yml')) as {
      readonly jobs: { readonly policy: { readonly steps: readonly { readonly run?: string }[] } }
    }
    const run = workflow.jobs.policy.steps.flatMap((step) => step.run ?? [])
    assert.deepEqual(run, ['npx --yes aegis-llm policy test policy-cases.yml --config aegis.yml'])
    assert.match(ran.get('policy test policy-cases.yml --config aegis.yml')?.stdout ?? '', /2 passed, 0 failed/)
  })

  test('what its state does not allow is refused with an exit code and what would be possible', async () => {
    for (const where of [[], ['--url', gateway.url]]) {
      const ended = await place.run(['rollout', 'pause', '--json', ...where])
      assert.notEqual(ended.code, 0)
      assert.match(ended.stderr, /Only a running rollout is paused; it is rolled_back/)
    }
  })
})

describe('without a candidate', () => {
  test('the commands say how to name one', async () => {
    await using place = new Workplace()
    assert.match((await place.run(['rollout', 'status'])).stderr, /There is no configuration file here/)
    place.write('aegis.yml', { providers: { local: { base_url: 'http://127.0.0.1:1', models: ['a'] } } })
    const ended = await place.run(['rollout', 'start'])
    assert.deepEqual([ended.code, ended.stdout], [2, ''])
    assert.match(ended.stderr, /aegis\.yml has no rollout section/)
  })

  test('the status of one that nobody has started makes no file', async () => {
    await using place = new Workplace()
    const providers = { local: { base_url: 'http://127.0.0.1:1', models: ['a'] } }
    place.write('aegis.yml', { providers, rollout: { candidate: {} } })
    const ended = await place.run(['rollout', 'status'])
    assert.equal(ended.code, 0, ended.stderr)
    assert.match(ended.stdout, /^idle: 0 % of the traffic/)
    assert.equal(existsSync(place.file('aegis.db')), false)
  })

  test('a replay of nothing says so, and of a wrong policy what is wrong with it', async () => {
    await using place = new Workplace()
    place.write('aegis.yml', { providers: { local: { base_url: 'http://127.0.0.1:1', models: ['a'] } } })
    place.write('good.yml', 'routing: { default_provider: local }')
    place.write('bad.yml', 'routing:\n  default_provider: lokal\nbudgets: {}\n')
    const nothing = await place.run(['replay', '--policy', 'good.yml'])
    assert.equal(nothing.code, 0, nothing.stderr)
    assert.match(nothing.stdout, /^No decisions since /)
    const wrong = await place.run(['replay', '--policy', 'bad.yml'])
    assert.equal(wrong.code, 2)
    assert.match(
      wrong.stderr,
      /bad\.yml:2:21 routing\.default_provider: no provider has this name, did you mean local\?/,
    )
    assert.match(wrong.stderr, /bad\.yml:3:1 budgets: unknown key; known here: routing, models/)
    assert.equal((await place.run(['replay', '--policy', 'none.yml'])).code, 2)
  })
})
