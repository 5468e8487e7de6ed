// The promises of LangChain's ChatModelIntegrationTests (langchainjs, libs/langchain-standard-tests). That package is
// not published on npm, so these are tests of our own after its list, each against a proxy in process and a gateway.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { InMemoryCache } from '@langchain/core/caches'
import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  type UsageMetadata,
} from '@langchain/core/messages'
import { ChatPromptTemplate } from '@langchain/core/prompts'
import { RunnableLambda } from '@langchain/core/runnables'
import { tool } from '@langchain/core/tools'
import { toJsonSchema } from '@langchain/core/utils/json_schema'
import { concat } from '@langchain/core/utils/stream'
import * as z from 'zod'
import { ChatAegis } from '../../src/langchain/index.ts'
import { arrived, type ConnectedWorld, connectionKinds, lastBody, startConnected } from '../make/connection.ts'

const adder = tool(({ a, b }) => String(a + b), {
  name: 'adder',
  description: 'Adds two numbers.',
  schema: z.object({ a: z.int(), b: z.int() }),
})
const openAITool = {
  type: 'function',
  function: {
    name: 'adder',
    description: 'Adds two numbers.',
    parameters: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
  },
}
const answerTo = z.object({ setup: z.string(), punchline: z.string() })
const modelIn = ({ connection }: ConnectedWorld, more: object = {}) => new ChatAegis({ ...connection, ...more })
/** Its type is `never` where exactOptionalPropertyTypes is on. */
const usageOf = (message: BaseMessage) => (message as { usage_metadata?: UsageMetadata }).usage_metadata

async function collect(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk[]> {
  const chunks: AIMessageChunk[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}
const whole = (chunks: readonly AIMessageChunk[]) => chunks.reduce((left, right) => concat(left, right))

for (const kind of connectionKinds) {
  describe(`ChatAegis over ${kind}`, () => {
    test('answers a message [testInvoke]', async () => {
      await using world = await startConnected(kind)
      world.local.next({ text: 'Hello to you.' })
      const answer = await modelIn(world).invoke([new HumanMessage('Hello')])
      assert.ok(AIMessage.isInstance(answer))
      assert.equal(answer.content, 'Hello to you.')
    })

    test('streams its answer in pieces [testStream]', async () => {
      await using world = await startConnected(kind)
      world.local.next({ chunks: ['Hel', 'lo ', 'you'] })
      const chunks = await collect(await modelIn(world).stream('Hello'))
      assert.deepEqual(
        chunks.map(({ content }) => content).filter((text) => text !== ''),
        ['Hel', 'lo ', 'you'],
      )
      assert.ok(chunks.every((chunk) => AIMessageChunk.isInstance(chunk)))
      assert.equal(whole(chunks).content, 'Hello you')
    })

    test('answers a batch in its order [testBatch]', async () => {
      await using world = await startConnected(kind)
      const answers = await modelIn(world).batch(['one', 'one two', 'one two three'])
      for (const [index, answer] of answers.entries())
        assert.match(String(answer.content), new RegExp(` ${index + 1} word`))
    })

    test('takes a conversation [testConversation]', async () => {
      await using world = await startConnected(kind)
      const answer = await modelIn(world).invoke([
        new SystemMessage('Be brief.'),
        new HumanMessage('hello'),
        new AIMessage('hello'),
        new HumanMessage('how are you'),
      ])
      assert.match(String(answer.content), /3 words/)
      const { messages } = lastBody(world.local) as { messages: { role: string }[] }
      assert.deepEqual(
        messages.map(({ role }) => role),
        ['system', 'user', 'assistant', 'user'],
      )
    })

    test('takes several messages of one side after another [testDoubleMessageConversation]', async () => {
      await using world = await startConnected(kind)
      const twice = (make: () => BaseMessage) => [make(), make()]
      const answer = await modelIn(world).invoke([
        ...twice(() => new SystemMessage('hello')),
        ...twice(() => new HumanMessage('hello')),
        ...twice(() => new AIMessage('hello')),
        new HumanMessage('how are you'),
      ])
      assert.match(String(answer.content), /3 words/)
      const { messages } = lastBody(world.local) as { messages: { role: string }[] }
      assert.deepEqual(
        messages.map(({ role }) => role),
        ['system', 'system', 'user', 'user', 'assistant', 'assistant', 'user'],
      )
    })

    test('tells its events: a start, the pieces, and an end with all of them [testStreamEvents]', async () => {
      await using world = await startConnected(kind)
      world.local.next({ chunks: ['Hel', 'lo ', 'you'] })
      const names: string[] = []
      let [pieces, last] = ['', '']
      for await (const { event, data } of modelIn(world).streamEvents('Hello', { version: 'v2' })) {
        names.push(event)
        if (event === 'on_chat_model_stream') pieces += data.chunk.text
        if (event === 'on_chat_model_end') last = data.output.text
      }
      assert.equal(names[0], 'on_chat_model_start')
      assert.equal(names.at(-1), 'on_chat_model_end')
      assert.ok(names.slice(1, -1).every((name) => name === 'on_chat_model_stream') && names.length > 4)
      assert.deepEqual([pieces, last], ['Hello you', 'Hello you'])
    })

    test('passes on where to stop, said in the call or when it was made [testStopSequence]', async () => {
      await using world = await startConnected(kind)
      const stops = () => (lastBody(world.local) as { options?: { stop?: string[] } }).options?.stop
      assert.ok(AIMessage.isInstance(await modelIn(world).invoke('hi', { stop: ['you'] })))
      assert.deepEqual(stops(), ['you'])
      assert.ok(AIMessage.isInstance(await modelIn(world, { stop: ['me'] }).invoke('hi')))
      assert.deepEqual(stops(), ['me'])
    })

    test('calls a tool with its arguments and an id [testToolCalling]', async () => {
      await using world = await startConnected(kind)
      world.local.next({ toolCalls: [{ name: 'adder', arguments: { a: 1, b: 2 } }] })
      const { tool_calls: calls = [] } = await modelIn(world).bindTools([adder]).invoke('adder(1, 2)')
      assert.deepEqual(
        calls.map(({ name, args, type }) => ({ name, args, type })),
        [{ name: 'adder', args: { a: 1, b: 2 }, type: 'tool_call' }],
      )
      assert.ok(calls[0]?.id)
    })

    test('says what it used [testUsageMetadata]', async () => {
      await using world = await startConnected(kind)
      const answer = await modelIn(world).invoke('Hello')
      assert.equal(answer.response_metadata.model_name, 'llama3.2:8b')
      const usage = usageOf(answer)
      assert.equal(usage?.input_tokens, 2)
      assert.ok((usage?.output_tokens ?? 0) > 0)
      assert.equal(usage?.total_tokens, 2 + (usage?.output_tokens ?? 0))
    })

    test('says what a stream used, once [testUsageMetadataStreaming]', async () => {
      await using world = await startConnected(kind)
      const chunks = await collect(await modelIn(world).stream('Hello'))
      assert.equal(chunks.filter((chunk) => usageOf(chunk) !== undefined).length, 1)
      assert.equal(usageOf(whole(chunks))?.input_tokens, 2)
    })

    for (const [form, content] of [
      ['StringContent', ''],
      [
        'ListContent',
        [
          { type: 'text', text: 'I add.' },
          { type: 'tool_use', id: 'abc', name: 'adder', input: { a: 1, b: 2 } },
        ],
      ],
    ] as const) {
      test(`takes a history with a tool's answer [testToolMessageHistories${form}]`, async () => {
        await using world = await startConnected(kind)
        const call = { name: 'adder', args: { a: 1, b: 2 }, id: 'abc123' }
        const answer = await modelIn(world, { model: 'gpt-4o', dataClassification: 'public' })
          .bindTools([adder])
          .invoke([
            new HumanMessage('What is 1 + 2'),
            new AIMessage({ content: content as string, tool_calls: [call] }),
            new ToolMessage({ name: 'adder', content: JSON.stringify({ result: 3 }), tool_call_id: 'abc123' }),
          ])
        assert.ok(AIMessage.isInstance(answer))
        const { messages } = lastBody(world.openai) as { messages: Record<string, unknown>[] }
        assert.deepEqual(messages[1]?.tool_calls, [
          { id: 'abc123', type: 'function', function: { name: 'adder', arguments: '{"a":1,"b":2}' } },
        ])
        assert.equal(messages[1]?.content, content === '' ? null : 'I add.')
        assert.deepEqual(messages[2], { role: 'tool', content: '{"result":3}', tool_call_id: 'abc123' })
      })
    }

    test('takes examples with calls and their answers [testStructuredFewShotExamples]', async () => {
      await using world = await startConnected(kind)
      const answer = await modelIn(world)
        .bindTools([adder])
        .invoke([
          new HumanMessage('What is 1 + 2'),
          new AIMessage({ content: '', tool_calls: [{ name: 'adder', args: { a: 1, b: 2 }, id: 'c1' }] }),
          new ToolMessage({ content: '3', tool_call_id: 'c1' }),
          new AIMessage('3'),
          new HumanMessage('What is 3 + 4'),
        ])
      assert.equal(answer.tool_calls?.[0]?.name, 'adder')
    })

    for (const method of ['jsonSchema', 'functionCalling', 'jsonMode'] as const) {
      test(`answers in the shape of a schema by ${method} [testWithStructuredOutput]`, async () => {
        await using world = await startConnected(kind)
        if (method === 'jsonMode') world.local.next({ text: '{"setup":"s","punchline":"p"}' })
        const told: unknown[] = []
        const callbacks = [
          {
            handleChatModelStart(...[, , , , extra]: [unknown, unknown, string, string?, Record<string, unknown>?]) {
              const { options } = extra as { options: { ls_structured_output_format: unknown } }
              told.push(options.ls_structured_output_format)
            },
          },
        ]
        const joke = await modelIn(world)
          .withStructuredOutput(answerTo, { method })
          .invoke('Tell me a joke', { callbacks })
        assert.deepEqual(told, [{ kwargs: { method }, schema: toJsonSchema(answerTo) }])
        assert.doesNotMatch(JSON.stringify(lastBody(world.local)), /ls_structured/)
        assert.deepEqual(Object.keys(joke), ['setup', 'punchline'])
        assert.ok(answerTo.safeParse(joke).success)
      })
    }

    test('gives the raw answer beside the parsed one [testWithStructuredOutputIncludeRaw]', async () => {
      await using world = await startConnected(kind)
      const { raw, parsed } = await modelIn(world).withStructuredOutput(answerTo, { includeRaw: true }).invoke('A joke')
      assert.ok(AIMessage.isInstance(raw))
      assert.ok(answerTo.safeParse(parsed).success)
    })

    test("takes tools in OpenAI's shape [testBindToolsWithOpenAIFormattedTools]", async () => {
      await using world = await startConnected(kind)
      const answer = await modelIn(world).bindTools([openAITool]).invoke('What is 1 + 2')
      assert.equal(answer.tool_calls?.[0]?.name, 'adder')
    })

    test('takes a runnable as a tool [testBindToolsWithRunnableToolLike]', async () => {
      await using world = await startConnected(kind)
      const runnable = RunnableLambda.from(({ a }: { a: number }) => a).asTool({
        name: 'adder',
        description: 'Adds.',
        schema: z.object({ a: z.int() }),
      })
      const answer = await modelIn(world).bindTools([runnable]).invoke('What is 1 + 2')
      assert.deepEqual(answer.tool_calls?.[0]?.args, { a: 1 })
    })

    test('answers the same question from a cache, and another classification anew [testCacheComplexMessageTypes]', async () => {
      await using world = await startConnected(kind)
      const model = modelIn(world, { cache: new InMemoryCache() })
      const question = [new HumanMessage({ content: [{ type: 'text', text: 'Hello there!' }] })]
      const first = await model.invoke(question)
      const second = await model.invoke(question)
      assert.deepEqual([second.content, arrived(world.local).length], [first.content, 1])
      await model.invoke(question, { dataClassification: 'hipaa' })
      assert.equal(arrived(world.local).length, 2)
    })

    test('streams words before a tool call [testStreamTokensWithToolCalls]', async () => {
      await using world = await startConnected(kind)
      world.local.next({ text: 'Let me see.', toolCalls: [{ name: 'adder', arguments: { a: 1, b: 2 } }] })
      const chunks = await collect(await modelIn(world).bindTools([adder]).stream('What is 1 + 2'))
      assert.ok(
        chunks.findIndex(({ content }) => content !== '') <
          chunks.findIndex((one) => (one.tool_call_chunks ?? []).length > 0),
      )
      assert.deepEqual(
        whole(chunks).tool_calls?.map(({ name, args }) => ({ name, args })),
        [{ name: 'adder', args: { a: 1, b: 2 } }],
      )
      const usage = usageOf(whole(chunks))
      assert.ok((usage?.input_tokens ?? 0) > 0 && (usage?.output_tokens ?? 0) > 0)
    })

    test('goes on after its own call was answered [testModelCanUseToolUseAIMessage]', async () => {
      await using world = await startConnected(kind)
      const model = modelIn(world).bindTools([adder])
      const asked = await model.invoke('What is 1 + 2')
      const done = await adder.invoke({ ...(asked.tool_calls?.[0] ?? assert.fail('no call')), type: 'tool_call' })
      const answer = await model.invoke([new HumanMessage('What is 1 + 2'), asked, done])
      assert.notEqual(answer.content, '')
    })

    test('goes on after a call that was streamed [testModelCanUseToolUseAIMessageWithStreaming]', async () => {
      await using world = await startConnected(kind)
      const model = modelIn(world).bindTools([adder])
      const asked = whole(await collect(await model.stream('What is 1 + 2')))
      const [call = assert.fail('no call')] = asked.tool_calls ?? []
      const answer = whole(
        await collect(
          await model.stream([
            new HumanMessage('What is 1 + 2'),
            asked,
            new ToolMessage({ content: '3', tool_call_id: call.id ?? '' }),
          ]),
        ),
      )
      assert.notEqual(answer.content, '')
    })

    test('fills nested arguments, in a chain [testInvokeMoreComplexTools]', async () => {
      await using world = await startConnected(kind)
      const nested = tool(() => '', {
        name: 'plan',
        description: 'Plans.',
        schema: z.object({ steps: z.array(z.object({ title: z.string(), when: z.enum(['now', 'later']) })).min(2) }),
      })
      const chain = ChatPromptTemplate.fromMessages([
        ['system', 'You plan.'],
        ['human', '{input}'],
      ]).pipe(modelIn(world).bindTools([nested]))
      const answer = await chain.invoke({ input: 'Plan a trip' })
      assert.ok(nested.schema.safeParse(answer.tool_calls?.[0]?.args).success)
    })

    test('takes a schema with members that nobody knows [testInvokeMoreComplexTools]', async () => {
      await using world = await startConnected(kind)
      const decision = z.object({
        decision: z.enum(['UseAPI', 'UseFallback']),
        details: z.object({ service: z.string(), parameters: z.record(z.string(), z.unknown()) }),
      })
      const said = { decision: 'UseAPI', details: { service: 'MyService', parameters: { one: 'value', two: [2] } } }
      world.local.next({ text: JSON.stringify(said) })
      assert.deepEqual(await modelIn(world).withStructuredOutput(decision).invoke('Decide'), said)
    })

    test('gives several calls at once [testParallelToolCalling]', async () => {
      await using world = await startConnected(kind)
      const toolCalls = [
        { name: 'adder', arguments: { a: 1, b: 2 } },
        { name: 'adder', arguments: { a: 3, b: 4 } },
      ]
      world.local.next({ toolCalls })
      const model = modelIn(world).bindTools([adder])
      const answer = await model.invoke('Add twice')
      assert.deepEqual(
        answer.tool_calls?.map(({ args }) => args),
        [
          { a: 1, b: 2 },
          { a: 3, b: 4 },
        ],
      )
      const [first, second] = answer.tool_calls ?? []
      world.local.next({ text: 'Three and seven.' })
      const after = await model.invoke([
        new HumanMessage('Add twice'),
        answer,
        new ToolMessage({ name: 'adder', content: '3', tool_call_id: first?.id ?? '' }),
        new ToolMessage({ name: 'adder', content: '7', tool_call_id: second?.id ?? '' }),
      ])
      assert.deepEqual([after.text, after.tool_calls], ['Three and seven.', []])
      world.local.next({ toolCalls })
      const streamed = whole(await collect(await model.stream('Add twice')))
      assert.deepEqual(
        streamed.tool_calls?.map(({ args }) => args),
        [
          { a: 1, b: 2 },
          { a: 3, b: 4 },
        ],
      )
    })

    test('takes the parameters of a tool alone [testModelCanAcceptStructuredToolParamsSchema]', async () => {
      await using world = await startConnected(kind)
      const parameters = { name: 'adder', description: 'Adds.', schema: z.object({ a: z.int() }) }
      const answer = await modelIn(world).bindTools([parameters]).invoke('What is 1 + 2')
      assert.deepEqual(answer.tool_calls?.[0]?.args, { a: 1 })
    })

    test('streams a tool call [testStreamTools]', async () => {
      await using world = await startConnected(kind)
      const chunks = await collect(await modelIn(world).bindTools([adder]).stream('What is 1 + 2'))
      assert.deepEqual(
        whole(chunks).tool_calls?.map(({ name }) => name),
        ['adder'],
      )
    })
  })
}
