// Proves that OpenAI's own client and its helpers work with services that do not speak OpenAI's wire.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { APIError } from 'openai'
import type { ConfigInput } from '../../src/config/schema.ts'
import {
  startAnthropicUpstream,
  startBedrockUpstream,
  startCohereUpstream,
  startGoogleUpstream,
  type Upstream,
} from '../../src/testing/index.ts'
import { type RunningGateway, startGateway } from '../make/gateway.ts'
import { ask, messages, openAIClient, weather } from './openai-client.ts'

type Entry = ConfigInput['providers'][string]

interface Service {
  readonly start: () => Promise<Upstream>
  readonly entry: Entry
}

const apiKey = 'key'
const services: Readonly<Record<string, Service>> = {
  anthropic: {
    start: () => startAnthropicUpstream({ apiKey }),
    entry: { kind: 'anthropic', models: ['claude-haiku-4-5'] },
  },
  google: {
    start: () => startGoogleUpstream({ apiKey }),
    entry: { kind: 'google', models: ['gemini-3.5-flash-lite'] },
  },
  bedrock: {
    start: () => startBedrockUpstream({ apiKey }),
    entry: { kind: 'bedrock', region: 'eu-central-1', models: ['eu.anthropic.claude-haiku-4-5-20251001-v1:0'] },
  },
  cohere: { start: () => startCohereUpstream({ apiKey }), entry: { kind: 'cohere', models: ['command-a-03-2025'] } },
}

/** A gateway with this service alone. */
async function startService(name: string): Promise<AsyncDisposable & { upstream: Upstream; gateway: RunningGateway }> {
  const { start, entry } = services[name] as Service
  const upstream = await start()
  const provider = { ...entry, base_url: upstream.url, api_key: apiKey }
  const gateway = await startGateway({ providers: { [name]: provider } })
  return {
    upstream,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await upstream.close()
    },
  }
}

for (const name of Object.keys(services)) {
  describe(`${name} for OpenAI’s client`, () => {
    test('answers, and streams to the helper that puts it together', async () => {
      await using service = await startService(name)
      service.upstream.always({ text: 'Because of Rayleigh scattering.' })
      const client = openAIClient(service.gateway)
      const reply = await client.chat.completions.create(ask)
      assert.equal(reply.choices[0]?.message.content, 'Because of Rayleigh scattering.')
      const stream = client.chat.completions.stream({ ...ask, stream_options: { include_usage: true } })
      const final = await stream.finalChatCompletion()
      assert.equal(final.choices[0]?.message.content, 'Because of Rayleigh scattering.')
      assert.equal(final.choices[0]?.finish_reason, 'stop')
      assert.ok((final.usage?.prompt_tokens ?? 0) > 0)
    })

    test('lets the client run its tools to the end', async () => {
      await using service = await startService(name)
      const cities: unknown[] = []
      const tool = {
        type: 'function' as const,
        function: {
          ...weather.function,
          description: 'The weather.',
          parse: JSON.parse as (text: string) => { city: string },
          function: ({ city }: { city: string }) => {
            cities.push(city)
            return `The sun shines in ${city}.`
          },
        },
      }
      for (const stream of [false, true] as const) {
        service.upstream.next(
          {
            toolCalls: [
              { name: 'get_weather', arguments: { city: 'Bern' } },
              { name: 'get_weather', arguments: { city: 'Basel' } },
            ],
          },
          { text: 'It is sunny.' },
        )
        const { completions } = openAIClient(service.gateway).chat
        const runner = stream
          ? completions.runTools({ model: 'auto', messages, tools: [tool], stream: true })
          : completions.runTools({ model: 'auto', messages, tools: [tool] })
        assert.equal(await runner.finalContent(), 'It is sunny.')
      }
      assert.deepEqual(cities, ['Bern', 'Basel', 'Bern', 'Basel'])
      const last = service.upstream.journal.requests.at(-1)?.rawBody.toString() ?? ''
      for (const text of ['shines in Bern', 'shines in Basel']) assert.ok(last.includes(text), text)
    })

    test('fails a stream that breaks off, and gives errors their class', async () => {
      await using service = await startService(name)
      const chunks = Array.from({ length: 20 }, () => 'word ')
      service.upstream.next({ chunks, disconnectAfter: 10 }, { status: 429 })
      const client = openAIClient(service.gateway)
      const stream = await client.chat.completions.create({ ...ask, stream: true })
      let text = ''
      const read = async () => {
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
      }
      await assert.rejects(read(), APIError)
      assert.ok(text.startsWith('word word '))
      await assert.rejects(client.chat.completions.create(ask), { status: 429 })
    })
  })
}
