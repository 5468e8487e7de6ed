// Owns the reading of an answer in each dialect, whole or streamed, as its clients read it: into one form to compare.
import type { JsonObject, JsonValue } from '../../../src/testing/index.ts'
import { at } from '../../../src/testing/raw-http.ts'
import type { SpokenName } from './arrival.ts'

export interface ReadAnswer {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly { readonly name: unknown; readonly input: unknown }[]
  readonly finish: unknown
  readonly input: unknown
  readonly output: unknown
  readonly cached: unknown
}

interface Call {
  name: string
  json: string
}

const parsed = (text: string) => JSON.parse(text) as JsonObject
const list = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])
const word = (value: JsonValue | undefined) => (typeof value === 'string' ? value : '')
const asRead = ({ name, json }: Call) => ({ name, input: json === '' ? {} : (JSON.parse(json) as unknown) })

export const readAnswer: Readonly<Record<SpokenName, (text: string, stream: boolean) => ReadAnswer>> = {
  openai: (text, stream) => (stream ? openaiStream(text) : openaiWhole(parsed(text))),
  anthropic: (text, stream) => (stream ? anthropicStream(text) : anthropicWhole(parsed(text))),
  ollama: (text) => ollamaLines(text),
  responses: (text, stream) => (stream ? responsesStream(text) : responsesWhole(parsed(text))),
}

function openaiWhole(body: JsonObject): ReadAnswer {
  const message = at(body, 'choices.0.message')
  return {
    text: word(at(message, 'content')),
    reasoning: word(at(message, 'reasoning_content')),
    calls: list(at(message, 'tool_calls')).map((call) =>
      asRead({ name: word(at(call, 'function.name')), json: word(at(call, 'function.arguments')) }),
    ),
    finish: at(body, 'choices.0.finish_reason'),
    ...openaiUsage(at(body, 'usage')),
  }
}

function openaiUsage(usage: JsonValue | undefined): Pick<ReadAnswer, 'input' | 'output' | 'cached'> {
  return {
    input: at(usage, 'prompt_tokens'),
    output: at(usage, 'completion_tokens'),
    cached: at(usage, 'prompt_tokens_details.cached_tokens'),
  }
}

function openaiStream(text: string): ReadAnswer {
  const chunks = text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [parsed(line.slice(6))] : []))
  const calls: Call[] = []
  const answer = { text: '', reasoning: '', finish: undefined as unknown }
  for (const chunk of chunks) {
    const delta = at(chunk, 'choices.0.delta')
    answer.text += word(at(delta, 'content'))
    answer.reasoning += word(at(delta, 'reasoning_content'))
    answer.finish = at(chunk, 'choices.0.finish_reason') ?? answer.finish
    for (const piece of list(at(delta, 'tool_calls'))) {
      const place = Number(at(piece, 'index'))
      const call = calls[place] ?? { name: '', json: '' }
      call.name += word(at(piece, 'function.name'))
      call.json += word(at(piece, 'function.arguments'))
      calls[place] = call
    }
  }
  const usage = chunks.map((chunk) => chunk.usage).findLast((one) => one !== undefined && one !== null)
  return { ...answer, calls: calls.map(asRead), ...openaiUsage(usage) }
}

function anthropicWhole(body: JsonObject): ReadAnswer {
  const blocks = list(body.content)
  const textOf = (type: string, member: string) =>
    blocks.map((block) => (at(block, 'type') === type ? word(at(block, member)) : '')).join('')
  return {
    text: textOf('text', 'text'),
    reasoning: textOf('thinking', 'thinking'),
    calls: blocks
      .filter((block) => at(block, 'type') === 'tool_use')
      .map((block) => ({ name: at(block, 'name'), input: at(block, 'input') })),
    finish: body.stop_reason,
    ...anthropicUsage(body.usage),
  }
}

function anthropicUsage(usage: JsonValue | undefined): Pick<ReadAnswer, 'input' | 'output' | 'cached'> {
  const read = Number(at(usage, 'cache_read_input_tokens') ?? 0)
  const written = Number(at(usage, 'cache_creation_input_tokens') ?? 0)
  return { input: Number(at(usage, 'input_tokens')) + read + written, output: at(usage, 'output_tokens'), cached: read }
}

/** As the official client puts a message together: blocks by index, the last usage over the first. */
function anthropicStream(text: string): ReadAnswer {
  const events = text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [parsed(line.slice(6))] : []))
  const blocks: Record<string, string>[] = []
  let message: JsonObject = {}
  let usage: JsonObject = {}
  for (const event of events) {
    const index = Number(event.index)
    if (event.type === 'message_start') usage = at(event, 'message.usage') as JsonObject
    if (event.type === 'content_block_start') {
      const { type, name } = event.content_block as Record<string, string>
      blocks[index] = { type: type ?? '', name: name ?? '', text: '', thinking: '', json: '' }
    }
    if (event.type === 'content_block_delta') {
      const block = blocks[index]
      if (!block) throw new Error('a block goes on that has not begun')
      block.text += word(at(event, 'delta.text'))
      block.thinking += word(at(event, 'delta.thinking'))
      block.json += word(at(event, 'delta.partial_json'))
    }
    if (event.type === 'message_delta') {
      usage = { ...usage, ...(event.usage as JsonObject) }
      message = event.delta as JsonObject
    }
  }
  if (events.at(-1)?.type !== 'message_stop') throw new Error('the stream has no end')
  const content = blocks.map((block): JsonObject => {
    const { type = '', name = '', text: said = '', thinking = '', json = '' } = block
    return { type, name, text: said, thinking, input: json === '' ? {} : parsed(json) }
  })
  return anthropicWhole({ content, usage, ...message })
}

function ollamaLines(text: string): ReadAnswer {
  const lines = text.trim().split('\n').map(parsed)
  const said = (member: string) => lines.map((line) => word(at(line, `message.${member}`))).join('')
  const last = lines.at(-1)
  return {
    text: said('content'),
    reasoning: said('thinking'),
    calls: lines
      .flatMap((line) => list(at(line, 'message.tool_calls')))
      .map((call) => ({ name: at(call, 'function.name'), input: at(call, 'function.arguments') })),
    finish: last?.done_reason,
    input: last?.prompt_eval_count,
    output: last?.eval_count,
    cached: undefined,
  }
}

function responsesWhole(body: JsonObject): ReadAnswer {
  const items = list(body.output)
  const textOf = (type: string, member: string) =>
    items
      .flatMap((item) => (at(item, 'type') === type ? list(at(item, member)) : []))
      .map((part) => word(at(part, 'text')))
      .join('')
  return {
    text: textOf('message', 'content'),
    reasoning: textOf('reasoning', 'summary'),
    calls: items
      .filter((item) => at(item, 'type') === 'function_call')
      .map((item) => asRead({ name: word(at(item, 'name')), json: word(at(item, 'arguments')) })),
    finish: at(body, 'incomplete_details.reason') ?? body.status,
    input: at(body, 'usage.input_tokens'),
    output: at(body, 'usage.output_tokens'),
    cached: at(body, 'usage.input_tokens_details.cached_tokens'),
  }
}

/** The last event holds the whole, and the deltas before it come to the same. */
function responsesStream(text: string): ReadAnswer {
  const events = text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [parsed(line.slice(6))] : []))
  const whole = responsesWhole(events.at(-1)?.response as JsonObject)
  const said = (type: string) => events.map((event) => (event.type === type ? word(event.delta) : '')).join('')
  const told = [said('response.output_text.delta'), said('response.reasoning_summary_text.delta')]
  if (told[0] !== whole.text || told[1] !== whole.reasoning) throw new Error('the deltas are not what the end says')
  return whole
}
