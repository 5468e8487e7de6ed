// Owns what every provider must do with a request that is answered whole.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation } from '../../domain/cancellation.ts'
import {
  answer,
  chatOf,
  chatOfText,
  embeddingOf,
  type ProviderSubject,
  type ProviderWorld,
  withCap,
} from './provider-world.ts'

interface Answer {
  readonly object: string
  readonly model: string
  readonly choices: readonly {
    readonly message: {
      readonly content: string | null
      readonly tool_calls?: readonly {
        readonly id: string
        readonly type: string
        readonly function: { readonly name: string; readonly arguments: string }
      }[]
    }
    readonly finish_reason: string
  }[]
  readonly usage?: object
  readonly of_tomorrow?: unknown
}

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const tools = ['weather', 'time'].map((name) => ({ type: 'function', function: { name, parameters } }))
/** A transparent PNG of one pixel. */
const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

export function answerContract({ start, sameWire, hasTools, embedsUncounted = false }: ProviderSubject): void {
  const proving = (sentence: string, prove: (world: ProviderWorld) => Promise<void>) =>
    test(sentence, async () => {
      await using world = await start()
      await prove(world)
    })
  const parsed = async (world: ProviderWorld, more: object = {}) => {
    const { body, usage } = await answer(world, chatOf(world, more))
    return { json: JSON.parse(body.toString()) as Answer, usage }
  }

  proving('an answer is a chat completion with its usage', async (world) => {
    world.upstream.next({ text: 'Hello there.' })
    const { json, usage } = await parsed(world)
    assert.equal(json.object, 'chat.completion')
    assert.equal(json.choices[0]?.message.content, 'Hello there.')
    assert.equal(json.choices[0]?.finish_reason, 'stop')
    const { billed } = world.upstream.journal.requests.at(-1) ?? {}
    assert.deepEqual([usage?.inputTokens, usage?.outputTokens], [billed?.inputTokens, billed?.outputTokens])
  })

  if (hasTools) {
    proving('parallel tool calls keep their names, their arguments and ids of their own', async (world) => {
      const toolCalls = ['Bern', 'Oslo'].map((city) => ({ name: 'weather', arguments: { city } }))
      world.upstream.next({ toolCalls })
      const { json } = await parsed(world, { tools })
      const calls = json.choices[0]?.message.tool_calls ?? []
      assert.deepEqual(
        calls.map(({ type, function: called }) => [type, called.name, JSON.parse(called.arguments)]),
        [
          ['function', 'weather', { city: 'Bern' }],
          ['function', 'weather', { city: 'Oslo' }],
        ],
      )
      assert.equal(new Set(calls.map(({ id }) => id)).size, 2)
      assert.equal(json.choices[0]?.finish_reason, 'tool_calls')
    })

    proving('a conversation with a tool’s answer in it is understood', async (world) => {
      const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } }
      const messages = [
        { role: 'user', content: 'Weather?' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: '18 degrees' },
      ]
      const { json } = await parsed(world, { messages, tools })
      assert.equal(json.choices[0]?.finish_reason, 'stop')
    })
  }

  proving('a schema for the answer is obeyed', async (world) => {
    const schema = { type: 'object', properties: { colour: { enum: ['red'] } }, required: ['colour'] }
    const response_format = { type: 'json_schema', json_schema: { name: 'colour', schema } }
    const { json } = await parsed(world, { response_format })
    assert.deepEqual(JSON.parse(json.choices[0]?.message.content ?? ''), { colour: 'red' })
  })

  proving('an image arrives', async (world) => {
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: pixel } },
    ]
    await parsed(world, { model: world.models.vision, messages: [{ role: 'user', content }] })
    const sent = world.upstream.journal.requests.at(-1)?.rawBody.toString() ?? ''
    assert.ok(sent.includes(pixel.slice('data:image/png;base64,'.length)))
  })

  for (const name of ['max_tokens', 'max_completion_tokens']) {
    proving(`the caller’s ${name} is kept by the server`, async (world) => {
      world.upstream.always({ text: 'one two three four five six seven eight nine ten' })
      const { json, usage } = await parsed(world, { [name]: 3 })
      assert.deepEqual([json.choices[0]?.finish_reason, usage?.outputTokens], ['length', 3])
    })
  }

  proving(
    'the cap that the reservation pays for is kept, whether the caller had none or a larger one',
    async (world) => {
      world.upstream.always({ text: 'one two three four five six seven eight nine ten' })
      for (const more of [{}, { max_tokens: 100 }, { max_completion_tokens: 100 }]) {
        const { usage } = await answer(world, withCap(chatOf(world, more), 4))
        assert.equal(usage?.outputTokens, 4, JSON.stringify(more))
      }
    },
  )

  proving('a usage that was not reported is not known, and one of zeros is not mistaken for that', async (world) => {
    world.upstream.next({ usage: 'absent' }, { usage: 'zero' })
    assert.equal((await parsed(world)).usage, undefined)
    const zero = (await parsed(world)).usage
    assert.ok(zero === undefined || zero.inputTokens === 0)
  })

  proving('what the caller asked to be kept from other providers is not sent', async (world) => {
    await parsed(world, { aegis: { data_classification: 'public' } })
    assert.ok(!world.upstream.journal.allBytes().includes('data_classification'))
  })

  if (sameWire) {
    proving('the bytes of a request pass through as they are, unknown members included', async (world) => {
      const model = JSON.stringify(world.models.chat)
      const text = `{ "model":${model}, "messages" : [{"role":"user","content":"caf\\u00e9"}],"of_tomorrow":{"x":[1.0,1e5]} }\n`
      await answer(world, chatOfText(world, text))
      assert.equal(world.upstream.journal.requests.at(-1)?.rawBody.toString(), text)
    })

    proving('the bytes of an answer pass through as they are, unknown members included', async (world) => {
      const rawBody = '{ "choices":[{"index":0,"message":{"role":"assistant","content":"Hi"}}],"of_tomorrow":1.50 }'
      world.upstream.next({ rawBody })
      assert.equal((await answer(world, chatOf(world))).body.toString(), rawBody)
    })
  }

  proving('embeddings are OpenAI’s list, in either encoding, with their usage', async (world) => {
    const { provider, models } = world
    if (models.embedding === undefined || !provider.embed) return
    const embed = async (more: object) => {
      const reply = await provider.embed?.(
        embeddingOf(world, { input: ['a text', 'another'], ...more }),
        new Cancellation(),
      )
      const list = JSON.parse(reply?.body.toString() ?? '') as {
        data: { index: number; embedding: number[] | string }[]
      }
      return { list, usage: reply?.usage }
    }
    const { list, usage } = await embed({})
    assert.deepEqual(
      list.data.map(({ index }) => index),
      [0, 1],
    )
    assert.ok(Array.isArray(list.data[0]?.embedding))
    if (embedsUncounted) {
      assert.equal(usage, undefined)
    } else {
      assert.ok((usage?.inputTokens ?? 0) > 0)
      assert.equal(usage?.outputTokens, 0)
    }
    const { list: encoded } = await embed({ encoding_format: 'base64' })
    const bytes = Buffer.from(String(encoded.data[0]?.embedding), 'base64')
    assert.equal(bytes.length / 4, list.data[0]?.embedding.length)
    assert.equal(bytes.readFloatLE(0), Math.fround(Number(list.data[0]?.embedding[0])))
    world.upstream.next({ usage: 'absent' })
    assert.equal((await embed({})).usage, undefined)
  })

  proving('a probe finds the server, and says so when it is gone', async (world) => {
    const there = await world.provider.probe(new Cancellation())
    assert.equal(there.reachable, true)
    await world.upstream.stopListening()
    const gone = await world.provider.probe(new Cancellation())
    assert.equal(gone.reachable, false)
    assert.match(gone.detail, /could not be reached/)
  })
}
