// End to end: `npm run example:rag:rollout` as anybody runs it, with a good candidate and with a bad one.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { refusingPort } from '../../../src/testing/index.ts'
import { checkout, root, run } from './process.ts'

const main = join('examples', 'aegis-rag', 'src', 'rollout', 'main.ts')
const rollOut = (words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  run(['--import', checkout, main, ...words], env)

/** What was written under the heading of a stage, up to the next one. */
function stageIn(output: string, percent: number): string {
  const [, after = ''] = output.split(`\n${percent} % of the sessions\n`)
  return after.split(/\n\d+ % of the sessions\n|\nThe gates have sent it back\n/)[0] ?? ''
}

function figures(stage: string) {
  const [, home = '', cloud = ''] = /(\d+) at home, (\d+) in a cloud/.exec(stage) ?? []
  const [, restricted = '', where = ''] = /(\d+) of them with restricted data, (.*)/.exec(stage) ?? []
  return { home: Number(home), cloud: Number(cloud), restricted: Number(restricted), where }
}

describe('the rollout from what the old client did to the routing of Aegis', { concurrency: true }, () => {
  test('grows by its gates from 10 to 100 %, and restricted documents stay at home at every stage', async () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    assert.equal(scripts['example:rag:rollout'], `node --import ./scripts/examples/use-checkout.ts ${main}`)
    const { code, output } = await rollOut()
    assert.equal(code, 0, output)
    assert.match(output, /status page {2}http:\/\/127\.0\.0\.1:\d+\/\n/)
    const shadow = output.split('\n10 % of the sessions\n')[0] ?? ''
    assert.match(shadow, /^shadow: 0 % of the traffic, by session, candidate candidate\.yml/m)
    assert.match(shadow, /^scale_or_quality\tlocal_ollama\tollama_cloud\t\d+$/m)
    assert.equal(figures(shadow).cloud, 0, 'a shadow sends nothing')
    // On a busy machine a stage may have passed before its turn to be shown; every step is kept all the same.
    const stages = [10, 30, 50, 75, 100]
      .map((percent) => ({ percent, text: stageIn(output, percent) }))
      .filter(({ text }) => text !== '')
    assert.ok(stages.length >= 2 && stages[0]?.percent === 10, output)
    for (const [from, to] of [
      [10, 30],
      [30, 50],
      [50, 75],
      [75, 100],
    ])
      assert.match(output, new RegExp(`\\tgates\\tadvance\\t${from} %\\t${to} %\\t-\\n`))
    for (const { percent, text } of stages) {
      const { home, cloud, restricted, where } = figures(text)
      assert.ok(home > 0 && cloud > 0, `${percent}: ${text}`)
      assert.ok(restricted > 5, `${percent}: ${text}`)
      assert.equal(where, 'all at home', `${percent}`)
      assert.match(text, /^\$ aegis rollout status\n\w+: \d+ % of the traffic, by session/m)
      assert.match(text, /^llm_rollout_percent \d+$/m)
      assert.doesNotMatch(text, /failed:/)
    }
    const inCloud = stages.map(({ text }) => figures(text).cloud)
    assert.ok((inCloud[0] ?? 0) < (inCloud.at(-1) ?? 0), inCloud.join())
    assert.match(output, /No restricted data left this machine at any stage: no cloud has received any of its [1-9]/)
  })

  test('takes a bad candidate back when its cloud fails, and the current policy serves everybody again', async () => {
    const { code, output } = await rollOut(['--fault'])
    assert.equal(code, 0, output)
    assert.match(output, /failed: .*upstream_error/)
    assert.equal(stageIn(output, 100), '', 'it did not get everything')
    const [, back = ''] = output.split('\nThe gates have sent it back\n')
    assert.match(back, /^rolled back: \d+ % of the traffic, by session, candidate bad-candidate\.yml/m)
    assert.match(back, /^sent back by error_rate_percent: [\d.]+, and the limit is 5$/m)
    assert.match(back, /\tgates\trollback\t\d+ %\t\d+ %\terror_rate_percent [\d.]+ > 5$/m)
    const [, again = ''] = back.split('\nThe current policy has everything again\n')
    assert.equal(figures(again).cloud, 0)
    assert.doesNotMatch(again, /failed:/)
    assert.match(output, /No restricted data left this machine at any stage/)
  })

  test('says what is missing when it is to use an Ollama that does not answer', async () => {
    await using nobody = await refusingPort()
    const env = { OLLAMA_HOST: `127.0.0.1:${nobody.port}` }
    const { code, output } = await rollOut(['--ollama'], env)
    assert.equal(code, 1)
    assert.match(output, /^No Ollama answers at http:\/\/127\.0\.0\.1:\d+: start one, or set OLLAMA_HOST\.\n$/)
    assert.match((await rollOut(['--slow'])).output, /^The rollout takes --ollama, --fault, or nothing\.\n$/)
  })
})
