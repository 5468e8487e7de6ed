// Proves ChatAegis inside LangGraph: an agent with tools, tokens streamed out of a node, signals, and a restricted thread.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type AIMessageChunk, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { concat } from '@langchain/core/utils/stream'
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt'
import * as z from 'zod'
import { ChatAegis } from '../../src/langchain/index.ts'
import { arrived, type ConnectedWorld, connectionKinds, startConnected } from '../make/connection.ts'

const adder = tool(({ a, b }) => String(a + b), {
  name: 'adder',
  description: 'Adds two numbers.',
  schema: z.object({ a: z.int(), b: z.int() }),
})
const question = { messages: [new HumanMessage('What is 1 + 2?')] }

/** A model that may call tools until it answers. */
function agent({ connection }: ConnectedWorld, fields: object = {}) {
  const model = new ChatAegis({ ...connection, ...fields }).bindTools([adder])
  return new StateGraph(MessagesAnnotation)
    .addNode('model', async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
    .addNode('tools', new ToolNode([adder]))
    .addEdge(START, 'model')
    .addConditionalEdges('model', toolsCondition, ['tools', END])
    .addEdge('tools', 'model')
    .compile()
}

for (const kind of connectionKinds) {
  describe(`an agent of LangGraph over ${kind}`, () => {
    test('calls its tools and goes on with their results', async () => {
      await using world = await startConnected(kind)
      world.local.next({ toolCalls: [{ name: 'adder', arguments: { a: 1, b: 2 } }] }, { text: 'It is 3.' })
      const { messages } = await agent(world).invoke(question)
      assert.deepEqual(
        messages.map((message: BaseMessage) => [message.getType(), message.content]),
        [
          ['human', 'What is 1 + 2?'],
          ['ai', ''],
          ['tool', '3'],
          ['ai', 'It is 3.'],
        ],
      )
      assert.equal(messages.at(-1)?.response_metadata.provider, 'local')
    })

    test('streams the tokens of its model as they come', async () => {
      await using world = await startConnected(kind)
      world.local.next({ chunks: ['It ', 'is ', '3.'], toolCalls: [] })
      const tokens: unknown[] = []
      for await (const [message] of await agent(world).stream(question, { streamMode: 'messages' })) {
        if (message.content !== '') tokens.push(message.content)
      }
      assert.deepEqual(tokens, ['It ', 'is ', '3.'])
    })

    test('keeps every turn of a restricted thread at home, tool results included', async () => {
      await using world = await startConnected(kind)
      world.local.next({ toolCalls: [{ name: 'adder', arguments: { a: 1, b: 2 } }] })
      const { messages } = await agent(world, { model: 'gpt-4o', dataClassification: 'hipaa' }).invoke(question)
      const told = messages
        .filter((message: BaseMessage) => message.getType() === 'ai')
        .map((message: BaseMessage) => message.response_metadata)
      assert.deepEqual(
        told.map(({ location, classification }) => [location, classification]),
        Array(2).fill(['local', 'hipaa']),
      )
      assert.equal(arrived(world.openai).length, 0)
    })

    test('ends with its signal, and the upstream is let go', async () => {
      await using world = await startConnected(kind)
      world.local.next({ hang: 'before_headers' })
      const controller = new AbortController()
      const run = assert.rejects(agent(world).invoke(question, { signal: controller.signal }), { name: 'AbortError' })
      await world.local.journal.waitFor(({ path }) => path === '/api/chat', 60_000)
      controller.abort()
      await run
      await world.local.journal.waitFor(({ ended }) => ended === 'client_closed', 60_000)
    })
  })
}

test('a message in the second standard has the words, thoughts and calls as blocks', async () => {
  await using world = await startConnected('a proxy in process')
  const answer = { thinking: 'Hm.', text: 'Let me see.', toolCalls: [{ name: 'adder', arguments: { a: 1, b: 2 } }] }
  world.local.next(answer, answer)
  const model = new ChatAegis({ ...world.connection, outputVersion: 'v1' }).bindTools([adder])
  const whole = await model.invoke('What is 1 + 2?')
  const kinds = (message: BaseMessage) => (message.content as { type: string }[]).map(({ type }) => type)
  assert.deepEqual(kinds(whole), ['reasoning', 'text', 'tool_call'])
  let streamed: AIMessageChunk | undefined
  for await (const chunk of await model.stream('What is 1 + 2?')) streamed = streamed ? concat(streamed, chunk) : chunk
  assert.ok(streamed)
  assert.deepEqual(kinds(streamed).slice(0, 2), ['reasoning', 'text'])
  assert.equal(streamed.text, 'Let me see.')
  assert.deepEqual(
    streamed.tool_calls?.map(({ args }) => args),
    [{ a: 1, b: 2 }],
  )
})

test('the stream of content blocks gives text and usage', async () => {
  await using world = await startConnected('a proxy in process')
  world.local.next({ chunks: ['Hel', 'lo'] })
  const stream = new ChatAegis({ ...world.connection }).streamEvents('Hello')
  let text = ''
  for await (const piece of stream.text) text += piece
  assert.equal(text, 'Hello')
})
