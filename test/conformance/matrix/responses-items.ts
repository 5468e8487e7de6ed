// Owns what becomes of the items of a response's input, and of the parts of its messages.
import type { ResponseInputContent, ResponseInputItem } from 'openai/resources/responses/responses'
import { at, because, type CarriedField, leftOut, parameters, pdf, photo, png, refused } from './arrival.ts'
import { asChat, each, elsewhere, everywhere, nowhere, onlyRoute, shown, user, weather } from './responses-arrival.ts'

const dataUrl = `data:image/png;base64,${png}`
const pdfUrl = `data:application/pdf;base64,${pdf}`
const tools = [{ type: 'function', ...weather, parameters }]
const called = { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Bern"}' } as const
const openaiCall = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } }
const answered = (output: CarriedField['body'][string], call: CarriedField['body'] = called) => ({
  input: [user, call, { type: 'function_call_output', call_id: 'call_1', output }],
  tools,
})
const image = { type: 'input_image', detail: 'auto', image_url: dataUrl } as const
const mark = { prompt_cache_breakpoint: { mode: 'explicit' } } as const
const byId = 'what lives at OpenAI is searched nowhere: send the data itself'
const ofTheRoute = 'it tells of what only the route has'

/** Names in a body stand for those of a response that was answered before. */
export const earlier = { response: 'the earlier response', item: 'the earlier item', input: 'Earlier.' } as const

export const earlierFields = {
  response: {
    field: 'previous_response_id',
    body: { previous_response_id: earlier.response },
    arrives: {
      responses: at('input.0', { type: 'message', role: 'user', content: earlier.input }),
      openai: at('messages.0.content', earlier.input),
      ollama: at('messages.0.content', earlier.input),
      anthropic: at('messages.0.content.0.text', earlier.input),
      google: at('contents.0.parts.0.text', earlier.input),
      bedrock: at('messages.0.content.0.text', earlier.input),
      cohere: at('messages.0.content', earlier.input),
    },
  },
} as const satisfies Readonly<Record<string, CarriedField>>

/** Of a message. */
const parts: Readonly<Record<ResponseInputContent['type'] | 'output_text' | 'refusal', readonly CarriedField[]>> = {
  input_text: [
    {
      field: 'input: prompt_cache_breakpoint of a part',
      body: { input: [{ role: 'user', content: [{ type: 'input_text', text: 'Say hello.', ...mark }] }] },
      arrives: {
        openai: at('messages.0.content.0.prompt_cache_breakpoint', { mode: 'explicit' }),
        ...elsewhere(leftOut('the mark is OpenAI’s: others charge for theirs, and take four at most')),
      },
    },
  ],
  input_image: [
    {
      field: 'input: input_image with data',
      body: shown(image),
      arrives: {
        openai: at('messages.0.content.1.image_url.url', dataUrl),
        ...asChat('messages: image_url with data'),
      },
    },
    {
      field: 'input: input_image with an address',
      body: shown({ ...image, image_url: photo }),
      arrives: {
        openai: at('messages.0.content.1.image_url.url', photo),
        ...asChat('messages: image_url with an address'),
      },
    },
    {
      field: 'input: input_image, detail',
      body: shown({ ...image, detail: 'low' }),
      without: shown(image),
      arrives: {
        openai: at('messages.0.content.1.image_url.detail', 'low'),
        ...elsewhere(leftOut(because.noMember)),
      },
    },
    onlyRoute('input: input_image by file_id', shown({ type: 'input_image', detail: 'auto', file_id: 'file-1' }), byId),
  ],
  input_file: [
    {
      field: 'input: input_file (PDF)',
      body: shown({ type: 'input_file', filename: 'a.pdf', file_data: pdfUrl }),
      arrives: {
        openai: at('messages.0.content.1.file', { filename: 'a.pdf', file_data: pdfUrl }),
        ...asChat('messages: file (PDF)'),
      },
    },
    {
      field: 'input: input_file, detail',
      body: shown({ type: 'input_file', filename: 'a.pdf', file_data: pdfUrl, detail: 'low' }),
      without: shown({ type: 'input_file', filename: 'a.pdf', file_data: pdfUrl }),
      arrives: {
        ...everywhere(leftOut(because.noMember)),
        ollama: refused('the wire takes text and images'),
        cohere: refused('the wire takes text and images'),
      },
    },
    ...(['file_id', 'file_url'] as const).map((name) =>
      onlyRoute(`input: input_file by ${name}`, shown({ type: 'input_file', [name]: 'https://example.com/1' }), byId),
    ),
  ],
  output_text: [said('output_text', { type: 'output_text', text: 'Hello.', annotations: [] })],
  refusal: [said('refusal', { type: 'refusal', refusal: 'Hello.' })],
}

/** An item more in OpenAI's client is an error here until it is said what becomes of it. */
const items: Readonly<Record<NonNullable<ResponseInputItem['type']>, readonly CarriedField[]>> = {
  message: [
    {
      field: 'input: system',
      body: { input: [{ role: 'system', content: 'Be kind.' }, user] },
      arrives: { openai: at('messages.0', { role: 'system', content: 'Be kind.' }), ...asChat('messages: system') },
    },
    {
      field: 'input: developer',
      body: { input: [{ role: 'developer', content: 'Be kind.' }, user] },
      arrives: {
        openai: at('messages.0', { role: 'developer', content: 'Be kind.' }),
        ...asChat('messages: developer'),
      },
    },
    ...Object.values(parts).flat(),
    nowhere(
      'input: phase and status of a message',
      { input: [user, { role: 'assistant', content: 'Hm.', phase: 'commentary', status: 'completed' }, user] },
      because.noMember,
      { input: [user, { role: 'assistant', content: 'Hm.' }, user] },
    ),
  ],
  function_call: [
    {
      field: 'input: function_call',
      body: answered('18 degrees'),
      arrives: { openai: at('messages.1.tool_calls.0', openaiCall), ...asChat('messages: tool_calls') },
    },
    nowhere(
      'input: function_call, its namespace, caller, async and status',
      answered('18', { ...called, namespace: 'sky', caller: { type: 'direct' }, async: false, status: 'completed' }),
      because.noMember,
      answered('18'),
    ),
  ],
  function_call_output: [
    {
      field: 'input: function_call_output',
      body: answered([{ type: 'input_text', text: '18 degrees' }]),
      arrives: {
        openai: at('messages.2', { role: 'tool', tool_call_id: 'call_1', content: '18 degrees' }),
        ...asChat('messages: tool'),
      },
    },
    {
      field: 'input: function_call_output with an image',
      body: answered([image]),
      arrives: {
        openai: at('messages.3.content.1.image_url.url', dataUrl),
        ollama: at('messages.3.images.0', png),
        anthropic: at('messages.2.content.2.source', { type: 'base64', media_type: 'image/png', data: png }),
        google: at('contents.3.parts.1.inlineData', { mimeType: 'image/png', data: png }),
        bedrock: at('messages.2.content.2.image', { format: 'png', source: { bytes: png } }),
        cohere: at('messages.3.content.1.image_url.url', dataUrl),
      },
    },
    {
      field: 'input: function_call_output with a file (PDF)',
      body: answered([{ type: 'input_file', filename: 'a.pdf', file_data: pdfUrl }]),
      arrives: {
        openai: at('messages.3.content.1.file', { filename: 'a.pdf', file_data: pdfUrl }),
        ollama: refused('the wire takes text and images'),
        anthropic: at('messages.2.content.2.source', { type: 'base64', media_type: 'application/pdf', data: pdf }),
        google: at('contents.3.parts.1.inlineData', { mimeType: 'application/pdf', data: pdf }),
        bedrock: at('messages.2.content.2.document.source.bytes', pdf),
        cohere: refused('the wire takes text and images'),
      },
    },
  ],
  reasoning: [
    {
      field: 'input: reasoning, its summary or text',
      body: thought({ summary: [{ type: 'summary_text', text: 'Hm.' }] }),
      without: { input: [user, { role: 'assistant', content: 'Hello.' }, user] },
      arrives: {
        responses: leftOut('without its seal it stands for what is kept at OpenAI, where nothing is'),
        openai: leftOut('OpenAI’s servers refuse thoughts of earlier turns'),
        ollama: at('messages.1.thinking', 'Hm.'),
        anthropic: leftOut('the wire takes back signed thoughts only'),
        google: leftOut('the wire takes back its own thoughts only'),
        bedrock: leftOut('the wire takes back signed thoughts only'),
        cohere: leftOut('the package of the AI SDK does not send it'),
      },
    },
    nowhere(
      'input: reasoning, its encrypted_content',
      thought({ summary: [], encrypted_content: 'gAAAA' }),
      'who sealed it alone can open it',
      { input: [user, { role: 'assistant', content: 'Hello.' }, user] },
    ),
  ],
  item_reference: [
    {
      field: 'input: item_reference',
      body: { input: [{ type: 'item_reference', id: earlier.item }, user] },
      arrives: {
        responses: at('input.0.role', 'assistant'),
        openai: at('messages.0.role', 'assistant'),
        ollama: at('messages.0.role', 'assistant'),
        anthropic: at('messages.0.role', 'assistant'),
        google: at('contents.0.role', 'model'),
        bedrock: at('messages.0.role', 'assistant'),
        cohere: at('messages.0.role', 'assistant'),
      },
    },
  ],
  custom_tool_call: [only('custom_tool_call', { call_id: 'call_1', name: 'write', input: 'Hi.' })],
  custom_tool_call_output: [only('custom_tool_call_output', { call_id: 'call_1', output: 'Done.' })],
  ...each(
    [
      ...(['web_search_call', 'file_search_call', 'code_interpreter_call', 'image_generation_call'] as const),
      ...(['computer_call', 'computer_call_output', 'local_shell_call', 'local_shell_call_output'] as const),
      ...(['shell_call', 'shell_call_output', 'apply_patch_call', 'apply_patch_call_output'] as const),
      ...(['mcp_list_tools', 'mcp_call', 'mcp_approval_request', 'mcp_approval_response'] as const),
      ...(['tool_search_call', 'tool_search_output', 'additional_tools', 'configuration_update'] as const),
      ...(['compaction', 'compaction_trigger', 'program', 'program_output'] as const),
    ],
    (type) => only(type),
  ),
}

export const itemFields: readonly CarriedField[] = Object.values(items).flat()

function only(type: string, more: CarriedField['body'] = {}): CarriedField {
  return onlyRoute(`input: ${type}`, { input: [user, { type, id: 'item_1', ...more }, user] }, ofTheRoute)
}

function thought(members: CarriedField['body']): CarriedField['body'] {
  return {
    input: [user, { type: 'reasoning', id: 'rs_1', ...members }, { role: 'assistant', content: 'Hello.' }, user],
  }
}

function said(type: string, part: CarriedField['body']): CarriedField {
  return {
    field: `input: ${type}`,
    body: { input: [user, { role: 'assistant', content: [part] }, user] },
    arrives: {
      openai: at('messages.1', { role: 'assistant', content: 'Hello.' }),
      ollama: at('messages.1', { role: 'assistant', content: 'Hello.' }),
      anthropic: at('messages.1.content.0.text', 'Hello.'),
      google: at('contents.1.parts.0.text', 'Hello.'),
      bedrock: at('messages.1.content.0.text', 'Hello.'),
      cohere: at('messages.1.content', 'Hello.'),
    },
  }
}
