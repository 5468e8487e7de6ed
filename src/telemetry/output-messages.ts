// Owns what the GenAI conventions call the output of a request: a message for each choice of an answer, whole or in events.
import { calledBy, listOf, type MessagePart, type OutputMessage, objectOf, spoken, textOf } from './message-part.ts'

/** @param reply an OpenAI chat completion, a response or a message of Anthropic's, whole or its events, perhaps cut. */
export function outputOf(reply: readonly Buffer[]): readonly OutputMessage[] {
  const text = Buffer.concat(reply).toString('utf8')
  const [whole] = parsed(text)
  if (whole) return messagesOf(whole)
  const events = text.split('\n').flatMap((line) => (line.startsWith('data:') ? parsed(line.slice(5)) : []))
  const choices = new Map<number, Choice>()
  for (const event of events) addEvent(choices, event)
  return [...choices.values()].map((choice) => choice.message())
}

/** What was said, and of tool calls names and arguments, one after another. Thoughts are not part of it. */
export function answerText(reply: readonly Buffer[]): string {
  return outputOf(reply)
    .flatMap(({ parts }) => parts.map(textOfPart))
    .join('')
}

function textOfPart(part: MessagePart): string {
  if (part.type === 'tool_call') return part.name + part.arguments
  return part.type === 'text' ? part.content : ''
}

function messagesOf(whole: Readonly<Record<string, unknown>>): readonly OutputMessage[] {
  if (whole.type === 'message') return [wholeMessage(whole)]
  return whole.object === 'response' ? [wholeResponse(whole)] : listOf(whole.choices).map(wholeChoice)
}

function wholeResponse(response: Readonly<Record<string, unknown>>): OutputMessage {
  const choice = new Choice()
  for (const [index, item] of listOf(response.output).entries()) {
    addItem(choice, index, item)
    const { content, summary } = objectOf(item)
    for (const part of [...listOf(summary), ...listOf(content)]) addPart(choice, objectOf(part))
  }
  choice.finish = finishOfResponse(response, choice)
  return choice.message()
}

function wholeChoice(choice: unknown): OutputMessage {
  const { message, finish_reason: finish } = objectOf(choice)
  const { content, reasoning_content: reasoning, tool_calls: calls } = objectOf(message)
  const parts = [...spoken('reasoning', reasoning), ...spoken('text', content), ...listOf(calls).flatMap(calledBy)]
  return { role: 'assistant', parts, finish_reason: finishReason(finish) }
}

function wholeMessage({ content, stop_reason: finish }: Readonly<Record<string, unknown>>): OutputMessage {
  const parts = listOf(content).flatMap((block): MessagePart[] => {
    const { type, text, thinking, id, name, input } = objectOf(block)
    if (type !== 'tool_use') return [...spoken('reasoning', thinking), ...spoken('text', text)]
    return calledBy({ id, function: { name, arguments: JSON.stringify(input) } })
  })
  return { role: 'assistant', parts, finish_reason: finishReason(finish) }
}

/** One choice as its events come. */
class Choice {
  text = ''
  reasoning = ''
  finish: unknown
  readonly calls = new Map<unknown, { id: unknown; name: string; given: string }>()

  call(index: unknown) {
    const call = this.calls.get(index) ?? { id: undefined, name: '', given: '' }
    this.calls.set(index, call)
    return call
  }

  message(): OutputMessage {
    const calls = [...this.calls.values()].flatMap(({ id, name, given }) =>
      calledBy({ id, function: { name, arguments: given } }),
    )
    const parts = [...spoken('reasoning', this.reasoning), ...spoken('text', this.text), ...calls]
    return { role: 'assistant', parts, finish_reason: finishReason(this.finish) }
  }
}

function addEvent(choices: Map<number, Choice>, event: Readonly<Record<string, unknown>>): void {
  const at = (index: number) => {
    const choice = choices.get(index) ?? new Choice()
    choices.set(index, choice)
    return choice
  }
  for (const one of listOf(event.choices)) {
    const { index, delta, finish_reason: finish } = objectOf(one)
    addDelta(at(Number(index ?? 0)), objectOf(delta), finish)
  }
  if (typeof event.type !== 'string') return
  if (event.type.startsWith('response.')) addResponseEvent(at, event.type, event)
  else addAnthropicEvent(at, event)
}

function addDelta(choice: Choice, delta: Readonly<Record<string, unknown>>, finish: unknown): void {
  choice.text += textOf(delta.content)
  choice.reasoning += textOf(delta.reasoning_content)
  choice.finish = finish ?? choice.finish
  for (const part of listOf(delta.tool_calls)) {
    const { index, id, function: called } = objectOf(part)
    const { name, arguments: given } = objectOf(called)
    const call = choice.call(index)
    call.id ??= id
    call.name += textOf(name)
    call.given += textOf(given)
  }
}

/** https://docs.anthropic.com/en/api/messages-streaming */
function addAnthropicEvent(at: (index: number) => Choice, event: Readonly<Record<string, unknown>>): void {
  const { type, index, content_block: block, delta } = event
  const { text, thinking, partial_json: given, stop_reason: finish } = objectOf(delta)
  if (type === 'content_block_start') {
    const { type: kind, id, name, text: first } = objectOf(block)
    if (kind === 'tool_use') Object.assign(at(0).call(index), { id, name: textOf(name) })
    else at(0).text += textOf(first)
  } else if (type === 'content_block_delta') {
    at(0).text += textOf(text)
    at(0).reasoning += textOf(thinking)
    if (typeof given === 'string') at(0).call(index).given += given
  } else if (type === 'message_delta') at(0).finish = finish
}

/** https://developers.openai.com/api/reference/resources/responses/streaming-events */
function addResponseEvent(
  at: (index: number) => Choice,
  type: string,
  { output_index: index, item, delta, response }: Readonly<Record<string, unknown>>,
): void {
  switch (type) {
    case 'response.output_item.added':
      addItem(at(0), index, item)
      break
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      at(0).text += textOf(delta)
      break
    case 'response.reasoning_text.delta':
    case 'response.reasoning_summary_text.delta':
      at(0).reasoning += textOf(delta)
      break
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      at(0).call(index).given += textOf(delta)
      break
    case 'response.completed':
    case 'response.incomplete':
      at(0).finish = finishOfResponse(objectOf(response), at(0))
      break
  }
}

/** A call that the caller runs; what others say comes in their parts. */
function addItem(choice: Choice, index: unknown, item: unknown): void {
  const { type, call_id: id, name, arguments: given, input } = objectOf(item)
  if (type !== 'function_call' && type !== 'custom_tool_call') return
  Object.assign(choice.call(index), { id, name: textOf(name), given: textOf(given) + textOf(input) })
}

function addPart(choice: Choice, { type, text, refusal }: Readonly<Record<string, unknown>>): void {
  if (type === 'reasoning_text' || type === 'summary_text') choice.reasoning += textOf(text)
  else choice.text += textOf(text) + textOf(refusal)
}

function finishOfResponse({ status, incomplete_details: why }: Readonly<Record<string, unknown>>, { calls }: Choice) {
  if (status === 'completed') return calls.size > 0 ? 'tool_call' : 'stop'
  return status === 'incomplete' ? objectOf(why).reason : undefined
}

const finishReasons: Readonly<Record<string, string>> = {
  tool_calls: 'tool_call',
  function_call: 'tool_call',
  tool_use: 'tool_call',
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  max_output_tokens: 'length',
  refusal: 'content_filter',
}

/** An answer that broke off has none, and the conventions want one. */
function finishReason(finish: unknown): string {
  return typeof finish === 'string' ? (finishReasons[finish] ?? finish) : 'error'
}

function parsed(json: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? [objectOf(value)] : []
  } catch {
    return []
  }
}
