// Makes every client as its line of the guide says, and asks a question with it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { Workplace } from '../cli/aegis-process.ts'
import { startThreeProviders, type ThreeProviders } from '../cli/three-providers.ts'
import { type RunningGateway, startGateway } from '../make/gateway.ts'
import { Guide, GuideShell } from '../make/guide.ts'
import { GuideModules } from '../make/guide-modules.ts'

const MASTER_KEY = 'sk-master-of-the-guides-0123456789'

/** What a program that has a client for TypeScript says first, and how it asks. */
const questions: Readonly<Record<string, { readonly imports: string; readonly asks: string }>> = {
  '@anthropic-ai/sdk': {
    imports: `import Anthropic from '@anthropic-ai/sdk'`,
    asks: `(await client.messages.create({ model: 'auto', max_tokens: 100, messages })).content`,
  },
  '@langchain/anthropic': {
    imports: `import { ChatAnthropic } from '@langchain/anthropic'`,
    asks: `(await client.invoke('Hello')).content`,
  },
  '@ai-sdk/anthropic': {
    imports: `import { createAnthropic } from '@ai-sdk/anthropic'\nimport { generateText } from 'ai'`,
    asks: `(await generateText({ model: client('auto'), prompt: 'Hello' })).text`,
  },
  openai: {
    imports: `import OpenAI from 'openai'`,
    asks: `(await client.chat.completions.create({ model: 'auto', messages })).choices[0]?.message.content`,
  },
  ollama: {
    imports: `import { Ollama } from 'ollama'`,
    asks: `(await client.chat({ model: 'auto', messages })).message.content`,
  },
}

/** The lines of the guide: a client and how it is made. */
const lines = [...new Guide('clients').text.matchAll(/^\| (?!client |---)(.+?) \| `(.+)` \|$/gm)].map(
  ([, client = '', how = '']) => ({ client: client.replaceAll('`', ''), how }),
)

describe('the guide of clients', () => {
  const place = new Workplace()
  const shell = new GuideShell(place.path)
  const modules = new GuideModules()
  let upstreams: ThreeProviders
  let gateway: RunningGateway
  const here = (text: string) => text.replaceAll('http://127.0.0.1:8080', gateway.url)

  before(async () => {
    upstreams = await startThreeProviders()
    gateway = await startGateway({ ...upstreams.config, auth: { master_key: MASTER_KEY } })
    for (const { client, how } of lines) {
      const question = questions[client]
      if (!question) continue
      const text = `${question.imports}
        const KEY = '${MASTER_KEY}'
        const messages = [{ role: 'user' as const, content: 'Hello' }]
        const client = ${here(how).replaceAll(`'Bearer KEY'`, `'Bearer ' + KEY`)}
        console.log(JSON.stringify(${question.asks}))`
      modules.write(`${fileOf(client)}.ts`, text)
    }
  })
  after(async () => {
    modules[Symbol.dispose]()
    await place[Symbol.asyncDispose]()
    await gateway.close()
    await upstreams[Symbol.asyncDispose]()
  })

  test('has clients that are right by their types', async () => {
    const { code, output } = await modules.checkTypes()
    assert.equal(code, 0, output)
  })

  for (const { client, how } of lines) {
    if (questions[client]) {
      test(`${client} is answered`, async () => {
        const { code, stdout, output } = await modules.run(`${fileOf(client)}.ts`)
        assert.equal(code, 0, output)
        assert.match(stdout, /You asked/)
      })
    } else if (client === 'curl') {
      test('curl is answered', async (t) => {
        if (!(await shell.has('curl'))) return t.skip('curl is not on this machine')
        const { code, stdout, stderr } = await shell.run(`${here(how).replace('KEY', MASTER_KEY)} -sS --fail-with-body`)
        assert.equal(code, 0, stdout + stderr)
        assert.match(stdout, /"type":"message".*You asked/)
      })
    } else if (client.endsWith('(Python)')) {
      test(`${client} is answered`, (t) => {
        const [name = ''] = client.split(' ')
        if (spawnSync('python3', ['-c', `import ${name}`]).status !== 0) return t.skip(`Python has no ${name} here`)
        const ask = `client.messages.create(model="auto", max_tokens=100, messages=[{"role": "user", "content": "Hello"}])`
        const program = `from anthropic import Anthropic\nKEY = "${MASTER_KEY}"\nclient = ${here(how)}\nprint(${ask})`
        const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { encoding: 'utf8' })
        assert.equal(status, 0, stderr)
        assert.match(stdout, /You asked/)
      })
    } else {
      test(`${client} is asked with variables that it reads`, (t) => {
        // https://code.claude.com/docs/en/settings#environment-variables
        const names = [...how.matchAll(/(\w+)=/g)].map(([, name]) => name)
        assert.deepEqual(names, ['ANTHROPIC_BASE_URL', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_MODEL'])
        t.skip('it is not installed by the tests; its wire is that of @anthropic-ai/sdk')
      })
    }
  }

  test('names every client for TypeScript that is asked here, and curl', () => {
    const named = lines.map(({ client }) => client)
    for (const client of [...Object.keys(questions), 'curl']) assert.ok(named.includes(client), client)
  })
})

function fileOf(client: string): string {
  return `client-${client}`.replaceAll(/\W+/g, '-')
}
