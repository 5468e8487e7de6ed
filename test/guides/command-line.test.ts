// The commands of the guides, each run as it stands there, and what the guides show of their answers.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import { assertClean, type RunningGateway, Workplace } from '../cli/aegis-process.ts'
import { startThreeProviders, type ThreeProviders } from '../cli/three-providers.ts'
import { assertShape, Guide, GuideShell } from '../make/guide.ts'

const MASTER_KEY = 'sk-master-of-the-guides-0123456789'
/** In a month, whenever this runs: a date that a guide shows is over one day. */
const NEXT_MONTH = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)

/** Providers by the names that the guide has, and a place where its commands run. */
interface Scene {
  readonly place: Workplace
  readonly upstreams: ThreeProviders
  readonly close: () => Promise<void>
}

async function startScene(more: (upstreams: ThreeProviders) => Partial<ConfigInput>): Promise<Scene> {
  const upstreams = await startThreeProviders()
  const place = new Workplace()
  place.write('aegis.yml', { ...upstreams.config, ...more(upstreams) })
  const close = async () => {
    await place[Symbol.asyncDispose]()
    await upstreams[Symbol.asyncDispose]()
  }
  return { place, upstreams, close }
}

describe('the quick start', () => {
  const guide = new Guide('quick-start')
  let scene: Scene
  const url = { AEGIS_URL: '' }
  let env = {}
  before(async () => {
    const upstreams = await startThreeProviders()
    const place = new Workplace()
    // `init` finds a local Ollama, and no file is there before it.
    env = { OLLAMA_HOST: new URL(upstreams.local.url).host }
    mkdirSync(place.file('examples'))
    copyFileSync(new URL('../../examples/policy-cases.yml', import.meta.url), place.file('examples/policy-cases.yml'))
    const close = async () => {
      await place[Symbol.asyncDispose]()
      await upstreams[Symbol.asyncDispose]()
    }
    scene = { place, upstreams, close }
  })
  after(() => scene.close())

  for (const command of guide.checkoutCommands) {
    test(`\`npm run aegis -- ${command}\` does what it says`, async () => {
      const words = command.split(' ')
      if (words[0] === 'serve') {
        // On a free port, and until it listens: it would run for ever.
        const gateway = await scene.place.serve(words.slice(1), { env })
        assert.equal((await fetch(`${gateway.url}/health`)).status, 200)
        if (words.includes('--sandbox')) url.AEGIS_URL = gateway.url
        else gateway.command.kill('SIGTERM')
        return
      }
      const ended = await scene.place.run(words, { env: { ...env, ...(words[0] === 'sandbox' ? url : {}) } })
      assert.equal(ended.code, 0, ended.stdout + ended.stderr)
      assertClean(ended)
    })
  }

  test('its commands are those of a checkout, each once', () => {
    assert.ok(guide.checkoutCommands.length > 6, guide.checkoutCommands.join('\n'))
    assert.deepEqual(guide.steps, [])
  })
})

describe('the guide of budgets', () => {
  const guide = new Guide('budgets')
  let scene: Scene
  let shell: GuideShell
  before(async () => {
    scene = await startScene(() => ({}))
    shell = new GuideShell(scene.place.path)
  })
  after(() => scene.close())

  for (const { command, shown } of guide.steps) {
    test(`\`${command}\` does what it says`, async () => {
      const { code, stdout, stderr } = await shell.run(command)
      assert.equal(code, 0, stdout + stderr)
      assert.notEqual(stdout, '')
      assertShape(stdout, shown)
    })
  }
})

describe('the guide of keys', () => {
  const guide = new Guide('keys')
  let scene: Scene
  let shell: GuideShell
  let gateway: RunningGateway
  let keyId = ''
  let budgetId = ''
  before(async () => {
    scene = await startScene(() => ({ auth: { master_key: MASTER_KEY } }))
    gateway = await scene.place.serve([])
    shell = new GuideShell(scene.place.path, { AEGIS: gateway.url, KEY: MASTER_KEY })
  })
  after(() => scene.close())

  for (const { command, shown } of guide.steps) {
    test(`\`${command}\` does what it says`, async (t) => {
      const [program = ''] = command.split(' ')
      if (!(await shell.has(program))) return t.skip(`${program} is not on this machine`)
      const told = command.replace('4f1d09aa31c2', keyId).replace('"…"', `"${budgetId}"`)
      const { code, stdout, stderr } = await shell.run(program === 'curl' ? `${told} --fail-with-body -s -S` : told)
      assert.equal(code, 0, stdout + stderr)
      assertShape(stdout + stderr, shown)
      keyId = /It is key (\w+)/.exec(stdout + stderr)?.[1] ?? keyId
      if (command.includes('/v1/budgets')) budgetId = (JSON.parse(stdout) as { budget_id: string }).budget_id
    })
  }
})

describe('the guide of privacy', () => {
  const guide = new Guide('privacy')
  let scene: Scene
  let shell: GuideShell
  before(async () => {
    const { detect } = guide.settings<NonNullable<ConfigInput['privacy']>>('privacy')
    scene = await startScene(({ local, openai }) => ({
      providers: {
        ollama: { kind: 'ollama', location: 'local', base_url: local.url, models: ['llama3.2'] },
        openai: {
          kind: 'openai',
          location: 'cloud',
          base_url: `${openai.url}/v1`,
          api_key: 'sk-openai-test',
          models: ['gpt-4o'],
        },
      },
      ...{ pricing: {}, budgets: {}, auth: { master_key: MASTER_KEY } },
      privacy: { detect },
    }))
    shell = new GuideShell(scene.place.path)
    assert.equal((await shell.run('aegis ask one --classification public')).code, 0)
    scene.place.write('aegis-head', (await shell.run('aegis audit head')).stdout.trim())
  })
  after(() => scene.close())

  for (const { command, shown } of guide.steps) {
    test(`\`${command}\` does what it says`, async (t) => {
      if (command.includes('| jq ') && !(await shell.has('jq'))) return t.skip('jq is not on this machine')
      const told = command.replace('2026-12-31', NEXT_MONTH).replace('/mnt/elsewhere/aegis-head', 'aegis-head')
      const { code, stdout, stderr } = await shell.run(told)
      assert.equal(code, 0, stdout + stderr)
      assertShape(stdout + stderr, shown)
    })
  }
})
