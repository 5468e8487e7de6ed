// Owns what becomes of the fields of Anthropic's messages at every other wire.
import type { JsonValue } from '../../../src/testing/index.ts'
import { at, because, type CarriedField, leftOut, parameters, pdf, photo, png, refused, warm } from './arrival.ts'

const user = { role: 'user', content: 'Say hello.' } as const
const weather = { name: 'weather', description: 'The weather.', input_schema: parameters } as const
const openaiTool = { type: 'function', function: { name: 'weather', description: 'The weather.', parameters } } as const
const use = { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Bern' } } as const
const openaiCall = {
  id: 'toolu_1',
  type: 'function',
  function: { name: 'weather', arguments: '{"city":"Bern"}' },
} as const
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } } as const
const dataUrl = `data:image/png;base64,${png}`
const mark = { cache_control: { type: 'ephemeral' } } as const
const { noMember, package: unsent, nothingFetched } = because

const shown = (block: JsonValue): { messages: JsonValue } => ({
  messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, block] }],
})
const answered = (result: Readonly<Record<string, JsonValue>>): Record<string, JsonValue> => ({
  messages: [
    user,
    { role: 'assistant', content: [use] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', ...result }] },
  ],
  tools: [weather],
})

export const anthropicFields: readonly CarriedField[] = [
  {
    field: 'system',
    body: { system: 'Be kind.' },
    arrives: {
      openai: at('messages.0', { role: 'system', content: 'Be kind.' }),
      ollama: at('messages.0', { role: 'system', content: 'Be kind.' }),
      google: at('systemInstruction.parts.0.text', 'Be kind.'),
      bedrock: at('system.0.text', 'Be kind.'),
      cohere: at('messages.0', { role: 'system', content: 'Be kind.' }),
    },
  },
  {
    field: 'system: several blocks',
    body: { system: ['Be kind.', 'Be brief.'].map((text) => ({ type: 'text', text })) },
    arrives: {
      openai: at(
        'messages.0.content',
        ['Be kind.', 'Be brief.'].map((text) => ({ type: 'text', text })),
      ),
      ollama: at('messages.0', { role: 'system', content: 'Be kind.\nBe brief.' }),
      google: at('systemInstruction.parts.0.text', 'Be kind.\nBe brief.'),
      bedrock: at('system.0.text', 'Be kind.\nBe brief.'),
      cohere: at('messages.0', { role: 'system', content: 'Be kind.\nBe brief.' }),
    },
  },
  {
    field: 'cache_control of system and messages',
    body: { system: [{ type: 'text', text: 'Be kind.', ...mark }] },
    without: { system: 'Be kind.' },
    arrives: {
      openai: leftOut('OpenAI’s servers cache by themselves, and refuse the mark'),
      ollama: leftOut(noMember),
      google: leftOut('the service caches by itself'),
      bedrock: at('system.1', { cachePoint: { type: 'default' } }),
      cohere: leftOut(noMember),
    },
  },
  {
    field: 'cache_control of tools',
    body: { tools: [{ ...weather, ...mark }] },
    without: { tools: [weather] },
    arrives: {
      openai: leftOut('OpenAI’s servers cache by themselves, and refuse the mark'),
      ollama: leftOut(noMember),
      google: leftOut('the service caches by itself'),
      bedrock: leftOut(unsent),
      cohere: leftOut(noMember),
    },
  },
  {
    field: 'messages: image with data',
    body: shown(image),
    arrives: {
      openai: at('messages.0.content.1.image_url.url', dataUrl),
      ollama: at('messages.0.images.0', png),
      google: at('contents.0.parts.1.inlineData', { mimeType: 'image/png', data: png }),
      bedrock: at('messages.0.content.1.image', { format: 'png', source: { bytes: png } }),
      cohere: at('messages.0.content.1.image_url.url', dataUrl),
    },
  },
  {
    field: 'messages: image with an address',
    body: shown({ type: 'image', source: { type: 'url', url: photo } }),
    arrives: {
      openai: at('messages.0.content.1.image_url.url', photo),
      ollama: refused(nothingFetched),
      google: at('contents.0.parts.1.fileData', { mimeType: 'image/png', fileUri: photo }),
      bedrock: refused(nothingFetched),
      cohere: at('messages.0.content.1.image_url.url', photo),
    },
  },
  {
    field: 'messages: document (PDF)',
    body: shown({
      type: 'document',
      title: 'a.pdf',
      source: { type: 'base64', media_type: 'application/pdf', data: pdf },
    }),
    arrives: {
      openai: at('messages.0.content.1.file', {
        filename: 'a.pdf',
        file_data: `data:application/pdf;base64,${pdf}`,
      }),
      ollama: refused('the wire takes text and images'),
      google: at('contents.0.parts.1.inlineData', { mimeType: 'application/pdf', data: pdf }),
      bedrock: at('messages.0.content.1.document.source.bytes', pdf),
      cohere: refused('the wire takes text and images'),
    },
  },
  {
    field: 'messages: document (text)',
    body: shown({ type: 'document', title: 'Notes', source: { type: 'text', media_type: 'text/plain', data: 'Hi.' } }),
    arrives: {
      openai: at('messages.0.content.1', { type: 'text', text: 'Notes\n\nHi.' }),
      ollama: at('messages.0.content', 'What is this?\nNotes\n\nHi.'),
      google: at('contents.0.parts.1.text', 'Notes\n\nHi.'),
      bedrock: at('messages.0.content.1.text', 'Notes\n\nHi.'),
      cohere: at('messages.0.content', 'What is this?Notes\n\nHi.'),
    },
  },
  {
    field: 'messages: tool_use',
    body: answered({ content: '18 degrees' }),
    arrives: {
      openai: at('messages.1.tool_calls.0', openaiCall),
      ollama: at('messages.1.tool_calls.0.function', { name: 'weather', arguments: { city: 'Bern' } }),
      google: at('contents.1.parts.0.functionCall', { id: 'toolu_1', name: 'weather', args: { city: 'Bern' } }),
      bedrock: at('messages.1.content.0.toolUse', { toolUseId: 'toolu_1', name: 'weather', input: { city: 'Bern' } }),
      cohere: at('messages.1.tool_calls.0', openaiCall),
    },
  },
  {
    field: 'messages: tool_result',
    body: answered({ content: [{ type: 'text', text: '18 degrees' }] }),
    arrives: {
      openai: at('messages.2', { role: 'tool', tool_call_id: 'toolu_1', content: '18 degrees' }),
      ollama: at('messages.2', {
        role: 'tool',
        content: '18 degrees',
        tool_name: 'weather',
        tool_call_id: 'toolu_1',
      }),
      google: at('contents.2.parts.0.functionResponse.response.content', '18 degrees'),
      bedrock: at('messages.2.content.0.toolResult', { toolUseId: 'toolu_1', content: [{ text: '18 degrees' }] }),
      cohere: at('messages.2', { role: 'tool', content: '18 degrees', tool_call_id: 'toolu_1' }),
    },
  },
  {
    field: 'messages: tool_result with an image',
    body: answered({ content: [image] }),
    arrives: {
      openai: at('messages.3.content.1.image_url.url', dataUrl),
      ollama: at('messages.3.images.0', png),
      google: at('contents.3.parts.1.inlineData', { mimeType: 'image/png', data: png }),
      bedrock: at('messages.2.content.2.image', { format: 'png', source: { bytes: png } }),
      cohere: at('messages.3.content.1.image_url.url', dataUrl),
    },
  },
  {
    field: 'messages: tool_result, is_error',
    body: answered({ content: 'No such city.', is_error: true }),
    without: answered({ content: 'No such city.' }),
    arrives: {
      openai: leftOut(noMember),
      ollama: leftOut(noMember),
      google: at('contents.2.parts.0.functionResponse.response.error', 'No such city.'),
      bedrock: leftOut(unsent),
      cohere: leftOut(noMember),
    },
  },
  {
    field: 'messages: thinking of an earlier turn',
    body: {
      messages: [
        user,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
            { type: 'text', text: 'Hello.' },
          ],
        },
        user,
      ],
    },
    without: { messages: [user, { role: 'assistant', content: 'Hello.' }, user] },
    arrives: {
      openai: leftOut('OpenAI’s servers refuse thoughts of earlier turns'),
      ollama: at('messages.1.thinking', 'Hm.'),
      google: leftOut('the wire takes back its own thoughts only'),
      bedrock: at('messages.1.content.0.reasoningContent.reasoningText', { text: 'Hm.', signature: 'c2ln' }),
      cohere: leftOut(unsent),
    },
  },
  {
    field: 'max_tokens',
    body: { max_tokens: 50 },
    arrives: {
      openai: at('max_completion_tokens', 50),
      ollama: at('options.num_predict', 50),
      google: at('generationConfig.maxOutputTokens', 50),
      bedrock: at('inferenceConfig.maxTokens', 50),
      cohere: at('max_tokens', 50),
    },
  },
  {
    field: 'temperature',
    body: { temperature: 0.25 },
    arrives: {
      openai: at('temperature', 0.25),
      ollama: at('options.temperature', 0.25),
      google: at('generationConfig.temperature', 0.25),
      bedrock: at('inferenceConfig.temperature', 0.25),
      cohere: at('temperature', 0.25),
    },
  },
  {
    field: 'top_p',
    body: { top_p: 0.5 },
    arrives: {
      openai: at('top_p', 0.5),
      ollama: at('options.top_p', 0.5),
      google: at('generationConfig.topP', 0.5),
      bedrock: at('inferenceConfig.topP', 0.5),
      cohere: at('p', 0.5),
    },
  },
  {
    field: 'top_k',
    body: { top_k: 20 },
    arrives: {
      openai: leftOut('OpenAI’s servers refuse it'),
      ollama: at('options.top_k', 20),
      google: at('generationConfig.topK', 20),
      bedrock: at('inferenceConfig.topK', 20),
      cohere: at('k', 20),
    },
  },
  {
    field: 'stop_sequences',
    body: { stop_sequences: ['END'] },
    arrives: {
      openai: at('stop', ['END']),
      ollama: at('options.stop', ['END']),
      google: at('generationConfig.stopSequences', ['END']),
      bedrock: at('inferenceConfig.stopSequences', ['END']),
      cohere: at('stop_sequences', ['END']),
    },
  },
  {
    field: 'tools',
    body: { tools: [weather] },
    arrives: {
      openai: at('tools', [openaiTool]),
      ollama: at('tools', [openaiTool]),
      google: at('tools.0.functionDeclarations.0', {
        name: 'weather',
        description: 'The weather.',
        parametersJsonSchema: parameters,
      }),
      bedrock: at('toolConfig.tools.0.toolSpec', {
        name: 'weather',
        description: 'The weather.',
        inputSchema: { json: parameters },
      }),
      cohere: at('tools', [openaiTool]),
    },
  },
  {
    field: 'tool_choice: any',
    body: { tools: [weather], tool_choice: { type: 'any' } },
    without: { tools: [weather] },
    arrives: {
      openai: at('tool_choice', 'required'),
      ollama: leftOut('the wire cannot force a call'),
      google: at('toolConfig.functionCallingConfig.mode', 'ANY'),
      bedrock: at('toolConfig.toolChoice', { any: {} }),
      cohere: at('tool_choice', 'REQUIRED'),
    },
  },
  {
    field: 'tool_choice: a tool',
    body: { tools: [weather], tool_choice: { type: 'tool', name: 'weather' } },
    arrives: {
      openai: at('tool_choice', { type: 'function', function: { name: 'weather' } }),
      ollama: at('tools', [openaiTool]),
      google: at('toolConfig.functionCallingConfig', { mode: 'ANY', allowedFunctionNames: ['weather'] }),
      bedrock: at('toolConfig.toolChoice', { tool: { name: 'weather' } }),
      cohere: at('tool_choice', 'REQUIRED'),
    },
  },
  {
    field: 'tool_choice: disable_parallel_tool_use',
    body: { tools: [weather], tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    without: { tools: [weather], tool_choice: { type: 'auto' } },
    arrives: {
      openai: at('parallel_tool_calls', false),
      ollama: leftOut(noMember),
      google: leftOut(noMember),
      bedrock: at('additionalModelRequestFields.tool_choice', { type: 'auto', disable_parallel_tool_use: true }),
      cohere: leftOut(noMember),
    },
  },
  {
    field: 'thinking (as an effort: under 4,096 tokens low, under 16,384 medium)',
    body: { thinking: { type: 'enabled', budget_tokens: 2048 }, max_tokens: 30_000 },
    arrives: {
      openai: at('reasoning_effort', 'low'),
      ollama: at('think', 'low'),
      google: at('generationConfig.thinkingConfig.includeThoughts', true),
      bedrock: at('additionalModelRequestFields.thinking.type', 'enabled'),
      cohere: at('thinking.type', 'enabled'),
    },
  },
  {
    field: 'output_config: format',
    body: { output_config: { format: { type: 'json_schema', schema: warm } } },
    arrives: {
      openai: at('response_format.json_schema.schema', warm),
      ollama: at('format', warm),
      google: at('generationConfig.responseJsonSchema', warm),
      bedrock: at('toolConfig.tools.0.toolSpec.inputSchema.json', warm),
      cohere: at('response_format.json_schema', warm),
    },
  },
  {
    field: 'metadata: user_id of up to 64 characters',
    body: { metadata: { user_id: 'user-7' } },
    arrives: {
      openai: at('user', 'user-7'),
      ollama: leftOut(noMember),
      google: leftOut(noMember),
      bedrock: leftOut(noMember),
      cohere: leftOut(noMember),
    },
  },
  {
    field: 'service_tier: standard_only',
    body: { service_tier: 'standard_only' },
    arrives: {
      openai: at('service_tier', 'default'),
      ollama: leftOut(noMember),
      google: leftOut('the standard tier is what is asked for'),
      bedrock: leftOut('the standard tier is what is asked for'),
      cohere: leftOut(noMember),
    },
  },
  {
    field: 'a member that nobody knows',
    body: { a_member_that_nobody_knows: { a: 1 } },
    arrives: {
      openai: leftOut('it was made for another wire'),
      ollama: leftOut(noMember),
      google: leftOut(noMember),
      bedrock: leftOut(noMember),
      cohere: leftOut(noMember),
    },
  },
]
