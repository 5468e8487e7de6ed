// Proves the provider for the AI SDK with the SDK itself, over a proxy in process and a gateway.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { APICallError, NoSuchModelError } from '@ai-sdk/provider'
import { embed, embedMany, generateObject, generateText, isStepCount, Output, streamText, tool } from 'ai'
import * as z from 'zod'
import { createAegis } from '../../src/ai-sdk/index.ts'
import {
  arrived,
  type ConnectedWorld,
  connectionKinds,
  lastBody,
  localChatModel,
  localEmbeddingModel,
  startConnected,
} from '../make/connection.ts'

const aegisIn = ({ connection }: ConnectedWorld, more: object = {}) => createAegis({ ...connection, ...more })
const critical = { qualityRequirement: 'critical', complexity: 'high', dataClassification: 'public' } as const
const person = z.object({ name: z.string(), age: z.int() })
const maxRetries = 0
const failure = (promise: PromiseLike<unknown>) =>
  promise.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  )

for (const kind of connectionKinds) {
  describe(`the AI SDK over ${kind}`, () => {
    test('generates text, with usage, and says who answered at what cost', async () => {
      await using world = await startConnected(kind)
      world.openai.next({ text: 'Because.' })
      const { text, usage, finishReason, providerMetadata, response } = await generateText({
        model: aegisIn(world)('auto', critical),
        prompt: 'Why?',
      })
      assert.deepEqual([text, finishReason, usage.inputTokens, response.modelId], ['Because.', 'stop', 1, 'gpt-4o'])
      const told = providerMetadata?.aegis ?? {}
      assert.deepEqual(
        [told.provider, told.location, told.reason, told.classification],
        ['openai', 'cloud', 'critical_quality', 'public'],
      )
      assert.ok(Number(told.costUsd) > 0)
    })

    test('streams text and thoughts in pieces, then usage and cost', async () => {
      await using world = await startConnected(kind)
      world.local.next({ thinking: 'Hm, well.', chunks: ['Be', 'cause.'] })
      const result = streamText({ model: aegisIn(world)(), prompt: 'Why?' })
      const parts: string[] = []
      for await (const part of result.fullStream) parts.push(part.type)
      assert.ok(parts.indexOf('reasoning-end') < parts.indexOf('text-start'))
      assert.equal(await result.text, 'Because.')
      assert.ok(((await result.usage).outputTokens ?? 0) > 0)
      const { providerMetadata } = await result.finalStep
      assert.deepEqual([providerMetadata?.aegis?.provider, providerMetadata?.aegis?.costUsd], ['local', 0])
    })

    for (const way of ['generates', 'streams'] as const) {
      test(`${way} with tools, of which the SDK gives the results back`, async () => {
        await using world = await startConnected(kind)
        const weather = tool({
          description: 'The weather.',
          inputSchema: z.object({ city: z.string() }),
          execute: async ({ city }) => ({ city, degrees: 20 }),
        })
        const call = { name: 'weather', arguments: { city: 'Zürich' } }
        world.local.next({ toolCalls: [call] }, { text: 'It is warm.' })
        const request = { model: aegisIn(world)(), prompt: 'Weather?', tools: { weather }, stopWhen: isStepCount(3) }
        const text = way === 'generates' ? (await generateText(request)).text : await streamText(request).text
        assert.equal(text, 'It is warm.')
        const { messages } = lastBody(world.local) as { messages: { role: string; content?: string }[] }
        assert.deepEqual(
          messages.map(({ role }) => role),
          ['user', 'assistant', 'tool'],
        )
        assert.deepEqual(JSON.parse(messages[2]?.content ?? ''), { city: 'Zürich', degrees: 20 })
      })
    }

    test('generates an object of a schema, both ways', async () => {
      await using world = await startConnected(kind)
      const model = aegisIn(world)()
      const { object } = await generateObject({ model, schema: person, prompt: 'Who?' })
      assert.ok(person.safeParse(object).success)
      const { output } = await generateText({ model, output: Output.object({ schema: person }), prompt: 'Who?' })
      assert.ok(person.safeParse(output).success)
      assert.equal(arrived(world.local).length, 2)
    })

    test('embeds one text and many', async () => {
      await using world = await startConnected(kind)
      const aegis = aegisIn(world)
      const { embedding, usage } = await embed({ model: aegis.embeddingModel(localEmbeddingModel), value: 'a text' })
      assert.equal(embedding.length, 768)
      assert.ok(usage.tokens > 0)
      const model = aegis.embeddingModel('text-embedding-3-small', { dataClassification: 'public' })
      const { embeddings, providerMetadata } = await embedMany({ model, values: ['one', 'two'] }).then(
        (result) => result,
      )
      assert.equal(embeddings.length, 2)
      assert.ok(providerMetadata === undefined || providerMetadata.aegis?.provider === 'openai')
      assert.equal(arrived(world.openai).length, 1)
    })

    test('keeps restricted prompts at home, and a call raises a classification but does not lower it', async () => {
      await using world = await startConnected(kind)
      const hipaa = { aegis: { dataClassification: 'hipaa' } }
      const raised = await generateText({ model: aegisIn(world)('gpt-4o'), prompt: 'Why?', providerOptions: hipaa })
      const held = await generateText({
        model: aegisIn(world, { dataClassification: 'pii' })('gpt-4o'),
        prompt: 'Why?',
        providerOptions: { aegis: { dataClassification: 'public' } },
      })
      assert.deepEqual(
        [raised, held].map(({ providerMetadata }) => [
          providerMetadata?.aegis?.location,
          providerMetadata?.aegis?.classification,
        ]),
        [
          ['local', 'hipaa'],
          ['local', 'pii'],
        ],
      )
      assert.equal(arrived(world.openai).length, 0)
    })

    test('passes on the generation and warns of what it cannot', async () => {
      await using world = await startConnected(kind)
      const { warnings } = await generateText({
        model: aegisIn(world, { dataClassification: 'public' })('gpt-4o'),
        prompt: 'Why?',
        ...{ temperature: 0.2, maxOutputTokens: 33, topP: 0.5, topK: 3, seed: 7, stopSequences: ['END'] },
      })
      const { temperature, max_tokens, top_p, seed, stop } = lastBody(world.openai)
      assert.deepEqual([temperature, max_tokens, top_p, seed, stop], [0.2, 33, 0.5, 7, ['END']])
      assert.deepEqual(
        warnings?.map((warning) => 'feature' in warning && warning.feature),
        ['topK'],
      )
    })

    test('sends a picture by its address and fetches nothing itself', async () => {
      await using world = await startConnected(kind)
      const image = 'http://pictures.invalid/p.png'
      await generateText({
        model: aegisIn(world, { dataClassification: 'public' })('gpt-4o'),
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What?' },
              { type: 'image', image: new URL(image) },
            ],
          },
        ],
        maxRetries,
      })
      const { messages } = lastBody(world.openai) as { messages: { content: unknown[] }[] }
      assert.deepEqual(messages[0]?.content[1], { type: 'image_url', image_url: { url: image } })
    })

    test('fails as the SDK expects: with the status, the code, and whether to ask again', async () => {
      await using world = await startConnected(kind)
      await world.local.stopListening()
      const model = aegisIn(world, { dataClassification: 'pii' })()
      const stream = async () => {
        const errors: unknown[] = []
        const onError = ({ error }: { error: unknown }) => void errors.push(error)
        await streamText({ model, prompt: 'secret-canary', maxRetries, onError }).consumeStream()
        throw errors[0]
      }
      for (const ask of [() => generateText({ model, prompt: 'secret-canary', maxRetries }), stream]) {
        const error = await failure(ask())
        assert.ok(APICallError.isInstance(error), String(error))
        assert.deepEqual([error.statusCode, error.isRetryable], [503, false])
        assert.equal((error.data as { error: { code: string } }).error.code, 'local_unavailable_for_restricted_data')
        assert.doesNotMatch(JSON.stringify({ ...error, cause: undefined }), /canary/)
      }
    })

    test('names a field of a task that is misspelt', async () => {
      await using world = await startConnected(kind)
      const providerOptions = { aegis: { data_classification: 'hipaa' } }
      const error = await failure(
        generateText({ model: aegisIn(world)(), prompt: 'Why?', providerOptions, maxRetries }),
      )
      assert.match(String(error), /providerOptions\.aegis\.data_classification is not a member/)
      assert.equal(arrived(world.local).length, 0)
    })

    test('ends with its signal, and lets the upstream go', async () => {
      await using world = await startConnected(kind)
      world.local.next({ hang: 'before_headers' })
      const controller = new AbortController()
      const asked = failure(
        generateText({ model: aegisIn(world)(localChatModel), prompt: 'Why?', abortSignal: controller.signal }),
      )
      await world.local.journal.waitFor(({ path }) => path === '/api/chat', 60_000)
      controller.abort()
      assert.equal(((await asked) as Error).name, 'AbortError')
      await world.local.journal.waitFor(({ ended }) => ended === 'client_closed', 60_000)
    })
  })
}

test('a model for pictures is said not to be there', () => {
  const aegis = createAegis({ baseURL: 'http://127.0.0.1:8080' })
  assert.throws(
    () => aegis.imageModel('dall-e'),
    (error) => NoSuchModelError.isInstance(error),
  )
})
