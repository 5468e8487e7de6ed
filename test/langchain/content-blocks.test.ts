// Proves that pictures, sound and files of LangChain's standards arrive upstream as OpenAI's parts [testStandard*ContentBlocks].
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AIMessage,
  type BaseMessage,
  ChatMessage,
  FunctionMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages'
import { AegisError } from '../../src/index.ts'
import { ChatAegis } from '../../src/langchain/index.ts'
import { toChatMessages } from '../../src/langchain/to-chat-messages.ts'
import { lastBody, startConnected } from '../make/connection.ts'

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII='
const picture = { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }
const sound = { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }
const paper = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }

const blocks: readonly (readonly [string, object, object])[] = [
  ['words', { type: 'text', text: 'Hi' }, { type: 'text', text: 'Hi' }],
  ['words of the first standard', { type: 'text', source_type: 'text', text: 'Hi' }, { type: 'text', text: 'Hi' }],
  ['a picture of OpenAI’s', picture, picture],
  [
    'a picture’s bare address',
    { type: 'image_url', image_url: 'https://a.test/p.png' },
    { type: 'image_url', image_url: { url: 'https://a.test/p.png' } },
  ],
  [
    'a picture by address',
    { type: 'image', url: 'https://a.test/p.png' },
    { type: 'image_url', image_url: { url: 'https://a.test/p.png' } },
  ],
  ['a picture', { type: 'image', mimeType: 'image/png', data: pixel }, picture],
  [
    'a picture in bytes',
    { type: 'image', mimeType: 'image/png', data: Uint8Array.from(Buffer.from(pixel, 'base64')) },
    picture,
  ],
  [
    'a picture of the first standard',
    { type: 'image', source_type: 'base64', mime_type: 'image/png', data: pixel },
    picture,
  ],
  ['sound', { type: 'audio', mimeType: 'audio/wav', data: 'UklGRg==' }, sound],
  [
    'sound of the first standard',
    { type: 'audio', source_type: 'base64', mime_type: 'audio/wav', data: 'UklGRg==' },
    sound,
  ],
  ['sound in a data address', { type: 'audio', source_type: 'url', url: 'data:audio/wav;base64,UklGRg==' }, sound],
  ['a file', { type: 'file', mimeType: 'application/pdf', data: 'JVBERi0=', metadata: { filename: 'a.pdf' } }, paper],
  [
    'a file of the first standard',
    {
      type: 'file',
      source_type: 'base64',
      mime_type: 'application/pdf',
      data: 'JVBERi0=',
      metadata: { filename: 'a.pdf' },
    },
    paper,
  ],
  ['a file by its id', { type: 'file', fileId: 'file-1' }, { type: 'file', file: { file_id: 'file-1' } }],
]

const human = (block: object) => new HumanMessage({ content: [block as { type: 'text'; text: string }] })

for (const [name, block, part] of blocks) {
  test(`${name} become a part of OpenAI’s`, () => {
    assert.deepEqual(toChatMessages([human(block)]), [{ role: 'user', content: [part] }])
  })
}

for (const [name, block] of [
  ['sound at an address', { type: 'audio', url: 'https://a.test/a.wav' }],
  ['a file at an address', { type: 'file', source_type: 'url', url: 'https://a.test/a.pdf' }],
  ['a block of no known kind', { type: 'hologram', data: 'x' }],
] as const) {
  test(`${name} is refused by its place, and nothing of it is repeated`, () => {
    assert.throws(
      () => toChatMessages([new SystemMessage('s'), human(block)]),
      (error) =>
        error instanceof AegisError && error.param === 'messages[1].content[0]' && !/a\.test/.test(error.message),
    )
  })
}

test('a model’s thoughts and calls among its words are not sent again', () => {
  const content = [
    { type: 'reasoning', reasoning: 'hm' },
    { type: 'text', text: 'Let me ' },
    { type: 'text', text: 'see.' },
    { type: 'tool_call', name: 'adder', args: {}, id: 'c1' },
  ]
  const message = new AIMessage({
    content: content as never,
    tool_calls: [{ name: 'adder', args: { a: 1 }, id: 'c1' }],
  })
  assert.deepEqual(toChatMessages([message]), [
    {
      role: 'assistant',
      content: 'Let me see.',
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'adder', arguments: '{"a":1}' } }],
    },
  ])
})

test('names, developers, other roles and broken calls keep what they are', () => {
  const developer = new SystemMessage({ content: 'd', additional_kwargs: { __openai_role__: 'developer' } })
  const broken = new AIMessage({
    content: '',
    invalid_tool_calls: [{ type: 'invalid_tool_call', id: 'c1', name: 'adder', args: '{"a":' }],
  })
  const messages: BaseMessage[] = [
    developer,
    new HumanMessage({ content: 'h', name: 'ann' }),
    new ChatMessage('o', 'assistant'),
    broken,
    new ToolMessage({ content: [{ type: 'text', text: 't' }], tool_call_id: 'c1' }),
  ]
  assert.deepEqual(toChatMessages(messages), [
    { role: 'developer', content: 'd' },
    { role: 'user', content: 'h', name: 'ann' },
    { role: 'assistant', content: 'o' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'adder', arguments: '{"a":' } }],
    },
    { role: 'tool', content: [{ type: 'text', text: 't' }], tool_call_id: 'c1' },
  ])
  assert.throws(() => toChatMessages([new FunctionMessage({ content: 'f', name: 'n' })]), { param: 'messages[0]' })
})

test('a picture that was declared public arrives at the provider that was named', async () => {
  await using world = await startConnected('a proxy in process')
  const model = new ChatAegis({ ...world.connection, model: 'gpt-4o', dataClassification: 'public' })
  await model.invoke([new HumanMessage({ content: [{ type: 'text', text: 'What is this?' }, picture] })])
  const { messages } = lastBody(world.openai) as { messages: { content: unknown[] }[] }
  assert.deepEqual(messages[0]?.content[1], picture)
})
