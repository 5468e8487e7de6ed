// Proves that an answer in Anthropic's own wire, or a response, becomes the same output message, whole, in events, or cut short.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerText, outputOf } from './output-messages.ts'

const finished = {
  role: 'assistant',
  parts: [
    { type: 'reasoning', content: 'Hm.' },
    { type: 'text', content: 'It is sunny.' },
    { type: 'tool_call', id: 'toolu_1', name: 'weather', arguments: '{"city":"Ulm"}' },
  ],
  finish_reason: 'tool_call',
}
const events = [
  { type: 'message_start', message: { role: 'assistant', content: [] } },
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
  { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'It is ' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'sunny.' } },
  {
    type: 'content_block_start',
    index: 2,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
  },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"city":' } },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '"Ulm"}' } },
  { type: 'message_delta', delta: { stop_reason: 'tool_use' } },
]
const frames = events.map((event) => Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`))

test('a message of Anthropic’s is one output message', () => {
  const content = [
    { type: 'thinking', thinking: 'Hm.', signature: 'x' },
    { type: 'text', text: 'It is sunny.' },
    { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Ulm' } },
  ]
  const message = { type: 'message', role: 'assistant', content, stop_reason: 'tool_use' }
  assert.deepEqual(outputOf([Buffer.from(JSON.stringify(message))]), [finished])
})

test('its events are the same message', () => {
  assert.deepEqual(outputOf(frames), [finished])
})

test('events that break off give what had come, and say that it is no whole answer', () => {
  const [message, ...more] = outputOf([
    ...frames.slice(0, 5),
    Buffer.from('event: content_block_delta\ndata: {"type":"con'),
  ])
  assert.deepEqual(more, [])
  assert.deepEqual(message?.parts.at(-1), { type: 'text', content: 'It is ' })
  assert.equal(message?.finish_reason, 'error')
})

test('a response is one output message, whole and in events, and one that broke off has what had come', () => {
  const reasoning = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }] }
  const said = { type: 'message', content: [{ type: 'output_text', text: 'It is sunny.' }] }
  const call = { type: 'function_call', call_id: 'toolu_1', name: 'weather', arguments: '{"city":"Ulm"}' }
  const response = { object: 'response', status: 'completed', output: [reasoning, said, call] }
  assert.deepEqual(outputOf([Buffer.from(JSON.stringify(response))]), [finished])
  const told = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    { type: 'response.reasoning_summary_text.delta', output_index: 0, delta: 'Hm.' },
    { type: 'response.output_item.added', output_index: 1, item: { type: 'message', content: [] } },
    { type: 'response.output_text.delta', output_index: 1, delta: 'It is ' },
    { type: 'response.output_text.delta', output_index: 1, delta: 'sunny.' },
    { type: 'response.output_text.done', output_index: 1, text: 'It is sunny.' },
    { type: 'response.output_item.added', output_index: 2, item: { ...call, arguments: '' } },
    { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{"city":"Ulm"}' },
    { type: 'response.completed', response },
  ].map((event) => Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`))
  assert.deepEqual(outputOf(told), [finished])
  const [cut] = outputOf(told.slice(0, 4))
  assert.deepEqual([cut?.parts.at(-1), cut?.finish_reason], [{ type: 'text', content: 'It is ' }, 'error'])
})

test('the text of an answer is what was said and called, in any wire, without its thoughts', () => {
  assert.equal(answerText(frames), 'It is sunny.weather{"city":"Ulm"}')
  assert.equal(answerText([]), '')
})

test('what is no answer gives nothing', () => {
  for (const text of ['', '[]', 'null', 'data: [DONE]\n\n', '{"error":{"message":"no"}}', 'data: 7']) {
    assert.deepEqual(outputOf([Buffer.from(text)]), [], text)
  }
})
