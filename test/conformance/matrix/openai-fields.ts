// Owns what becomes of the fields of OpenAI's chat completions at every other wire.
import type { JsonValue } from '../../../src/testing/index.ts'
import { at, because, type CarriedField, leftOut, parameters, pdf, photo, png, refused, warm } from './arrival.ts'

const user = { role: 'user', content: 'Say hello.' } as const
const weather = { type: 'function', function: { name: 'weather', description: 'The weather.', parameters } } as const
const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } } as const
const shown = (part: JsonValue): { messages: JsonValue } => ({
  messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, part] }],
})
const { noMember, package: unsent, nothingFetched } = because

export const openaiFields: readonly CarriedField[] = [
  {
    field: 'messages: system',
    body: { messages: [{ role: 'system', content: 'Be kind.' }, user] },
    arrives: {
      ollama: at('messages.0', { role: 'system', content: 'Be kind.' }),
      anthropic: at('system.0.text', 'Be kind.'),
      google: at('systemInstruction.parts.0.text', 'Be kind.'),
      bedrock: at('system.0.text', 'Be kind.'),
      cohere: at('messages.0', { role: 'system', content: 'Be kind.' }),
    },
  },
  {
    field: 'messages: developer',
    body: { messages: [{ role: 'developer', content: 'Be kind.' }, user] },
    arrives: {
      ollama: at('messages.0', { role: 'system', content: 'Be kind.' }),
      anthropic: at('system.0.text', 'Be kind.'),
      google: at('systemInstruction.parts.0.text', 'Be kind.'),
      bedrock: at('system.0.text', 'Be kind.'),
      cohere: at('messages.0', { role: 'system', content: 'Be kind.' }),
    },
  },
  {
    field: 'messages: image_url with data',
    body: shown({ type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }),
    arrives: {
      ollama: at('messages.0.images.0', png),
      anthropic: at('messages.0.content.1.source', { type: 'base64', media_type: 'image/png', data: png }),
      google: at('contents.0.parts.1.inlineData', { mimeType: 'image/png', data: png }),
      bedrock: at('messages.0.content.1.image', { format: 'png', source: { bytes: png } }),
      cohere: at('messages.0.content.1.image_url.url', `data:image/png;base64,${png}`),
    },
  },
  {
    field: 'messages: image_url with an address',
    body: shown({ type: 'image_url', image_url: { url: photo } }),
    arrives: {
      ollama: refused(nothingFetched),
      anthropic: at('messages.0.content.1.source', { type: 'url', url: photo }),
      google: at('contents.0.parts.1.fileData', { mimeType: 'image/png', fileUri: photo }),
      bedrock: refused(nothingFetched),
      cohere: at('messages.0.content.1.image_url.url', photo),
    },
  },
  {
    field: 'messages: file (PDF)',
    body: shown({ type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` } }),
    arrives: {
      ollama: refused('the wire takes text and images'),
      anthropic: at('messages.0.content.1.source', { type: 'base64', media_type: 'application/pdf', data: pdf }),
      google: at('contents.0.parts.1.inlineData', { mimeType: 'application/pdf', data: pdf }),
      bedrock: at('messages.0.content.1.document.source.bytes', pdf),
      cohere: refused('the wire takes text and images'),
    },
  },
  {
    field: 'messages: input_audio',
    body: shown({ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }),
    arrives: {
      ollama: refused('the wire takes text and images'),
      anthropic: refused('the wire takes no sound'),
      google: at('contents.0.parts.1.inlineData', { mimeType: 'audio/wav', data: 'UklGRg==' }),
      bedrock: refused('the wire takes no sound'),
      cohere: refused('the wire takes text and images'),
    },
  },
  {
    field: 'messages: tool_calls',
    body: {
      messages: [user, { role: 'assistant', content: null, tool_calls: [call] }, answered('18 degrees')],
      tools: [weather],
    },
    arrives: {
      ollama: at('messages.1.tool_calls.0.function', { name: 'weather', arguments: { city: 'Bern' } }),
      anthropic: at('messages.1.content.0', {
        type: 'tool_use',
        id: 'call_1',
        name: 'weather',
        input: { city: 'Bern' },
      }),
      google: at('contents.1.parts.0.functionCall', { id: 'call_1', name: 'weather', args: { city: 'Bern' } }),
      bedrock: at('messages.1.content.0.toolUse', { toolUseId: 'call_1', name: 'weather', input: { city: 'Bern' } }),
      cohere: at('messages.1.tool_calls.0', call),
    },
  },
  {
    field: 'messages: tool',
    body: {
      messages: [user, { role: 'assistant', content: null, tool_calls: [call] }, answered('18 degrees')],
      tools: [weather],
    },
    arrives: {
      ollama: at('messages.2', {
        role: 'tool',
        content: '18 degrees',
        tool_name: 'weather',
        tool_call_id: 'call_1',
      }),
      anthropic: at('messages.2.content.0', { type: 'tool_result', tool_use_id: 'call_1', content: '18 degrees' }),
      google: at('contents.2.parts.0.functionResponse.response.content', '18 degrees'),
      bedrock: at('messages.2.content.0.toolResult', { toolUseId: 'call_1', content: [{ text: '18 degrees' }] }),
      cohere: at('messages.2', { role: 'tool', content: '18 degrees', tool_call_id: 'call_1' }),
    },
  },
  ...(['max_tokens', 'max_completion_tokens'] as const).map((field) => ({
    field,
    body: { [field]: 50 },
    arrives: {
      ollama: at('options.num_predict', 50),
      anthropic: at('max_tokens', 50),
      google: at('generationConfig.maxOutputTokens', 50),
      bedrock: at('inferenceConfig.maxTokens', 50),
      cohere: at('max_tokens', 50),
    },
  })),
  {
    field: 'temperature',
    body: { temperature: 0.25 },
    arrives: {
      ollama: at('options.temperature', 0.25),
      anthropic: at('temperature', 0.25),
      google: at('generationConfig.temperature', 0.25),
      bedrock: at('inferenceConfig.temperature', 0.25),
      cohere: at('temperature', 0.25),
    },
  },
  {
    field: 'top_p',
    body: { top_p: 0.5 },
    arrives: {
      ollama: at('options.top_p', 0.5),
      anthropic: at('top_p', 0.5),
      google: at('generationConfig.topP', 0.5),
      bedrock: at('inferenceConfig.topP', 0.5),
      cohere: at('p', 0.5),
    },
  },
  {
    field: 'top_k',
    body: { top_k: 20 },
    arrives: {
      ollama: at('options.top_k', 20),
      anthropic: at('top_k', 20),
      google: at('generationConfig.topK', 20),
      bedrock: at('inferenceConfig.topK', 20),
      cohere: at('k', 20),
    },
  },
  {
    field: 'seed',
    body: { seed: 7 },
    arrives: {
      ollama: at('options.seed', 7),
      anthropic: leftOut(noMember),
      google: at('generationConfig.seed', 7),
      bedrock: leftOut(noMember),
      cohere: at('seed', 7),
    },
  },
  {
    field: 'stop',
    body: { stop: ['END'] },
    arrives: {
      ollama: at('options.stop', ['END']),
      anthropic: at('stop_sequences', ['END']),
      google: at('generationConfig.stopSequences', ['END']),
      bedrock: at('inferenceConfig.stopSequences', ['END']),
      cohere: at('stop_sequences', ['END']),
    },
  },
  ...(['presence_penalty', 'frequency_penalty'] as const).map((field) => ({
    field,
    body: { [field]: 0.5 },
    arrives: {
      ollama: at(`options.${field}`, 0.5),
      anthropic: leftOut(noMember),
      google: leftOut('the package leaves it out for Gemini’s models that refuse it'),
      bedrock: leftOut(noMember),
      cohere: at(field, 0.5),
    },
  })),
  {
    field: 'tools',
    body: { tools: [weather] },
    arrives: {
      ollama: at('tools', [weather]),
      anthropic: at('tools.0', { name: 'weather', description: 'The weather.', input_schema: parameters }),
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
      cohere: at('tools', [weather]),
    },
  },
  {
    field: 'tool_choice: required',
    body: { tools: [weather], tool_choice: 'required' },
    without: { tools: [weather] },
    arrives: {
      ollama: leftOut('the wire cannot force a call'),
      anthropic: at('tool_choice.type', 'any'),
      google: at('toolConfig.functionCallingConfig.mode', 'ANY'),
      bedrock: at('toolConfig.toolChoice', { any: {} }),
      cohere: at('tool_choice', 'REQUIRED'),
    },
  },
  {
    field: 'tool_choice: none',
    body: { tools: [weather], tool_choice: 'none' },
    arrives: {
      ollama: leftOut('the tools are not offered'),
      anthropic: at('tool_choice', { type: 'none' }),
      google: at('toolConfig.functionCallingConfig.mode', 'NONE'),
      bedrock: leftOut('the tools are not offered'),
      cohere: at('tool_choice', 'NONE'),
    },
  },
  {
    field: 'tool_choice: allowed_tools',
    body: {
      tools: [weather, { type: 'function', function: { name: 'time', parameters } }],
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'weather' } }] },
      },
    },
    arrives: {
      ollama: at('tools', [weather]),
      anthropic: at('tools', [{ name: 'weather', description: 'The weather.', input_schema: parameters }]),
      google: at('tools.0.functionDeclarations', [
        { name: 'weather', description: 'The weather.', parametersJsonSchema: parameters },
      ]),
      bedrock: at('toolConfig.tools', [
        { toolSpec: { name: 'weather', description: 'The weather.', inputSchema: { json: parameters } } },
      ]),
      cohere: at('tools', [weather]),
    },
  },
  {
    field: 'tool_choice: a function',
    body: { tools: [weather], tool_choice: { type: 'function', function: { name: 'weather' } } },
    arrives: {
      ollama: at('tools', [weather]),
      anthropic: at('tool_choice', { type: 'tool', name: 'weather' }),
      google: at('toolConfig.functionCallingConfig', { mode: 'ANY', allowedFunctionNames: ['weather'] }),
      bedrock: at('toolConfig.toolChoice', { tool: { name: 'weather' } }),
      cohere: at('tool_choice', 'REQUIRED'),
    },
  },
  {
    field: 'parallel_tool_calls: false',
    body: { tools: [weather], parallel_tool_calls: false },
    without: { tools: [weather] },
    arrives: {
      ollama: leftOut(noMember),
      anthropic: at('tool_choice', { type: 'auto', disable_parallel_tool_use: true }),
      google: leftOut(noMember),
      bedrock: at('additionalModelRequestFields.tool_choice', { type: 'auto', disable_parallel_tool_use: true }),
      cohere: leftOut(noMember),
    },
  },
  {
    field: 'response_format: json_schema',
    body: { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: warm } } },
    arrives: {
      ollama: at('format', warm),
      anthropic: at('output_config.format.schema.properties', warm.properties),
      google: at('generationConfig.responseJsonSchema', warm),
      bedrock: at('toolConfig.tools.0.toolSpec.inputSchema.json', warm),
      cohere: at('response_format.json_schema', warm),
    },
  },
  {
    field: 'response_format: json_object',
    body: { response_format: { type: 'json_object' } },
    arrives: {
      ollama: at('format', 'json'),
      anthropic: at(
        'system.0.text',
        'Answer with one JSON object and nothing else: no words before or after it, no code fence.',
      ),
      google: at('generationConfig.responseMimeType', 'application/json'),
      bedrock: at(
        'system.0.text',
        'Answer with one JSON object and nothing else: no words before or after it, no code fence.',
      ),
      cohere: at('response_format', { type: 'json_object' }),
    },
  },
  {
    field: 'reasoning_effort',
    body: { reasoning_effort: 'low', max_tokens: 30_000 },
    arrives: {
      ollama: at('think', 'low'),
      anthropic: at('thinking.type', 'enabled'),
      google: at('generationConfig.thinkingConfig.includeThoughts', true),
      bedrock: at('additionalModelRequestFields.thinking.type', 'enabled'),
      cohere: at('thinking.type', 'enabled'),
    },
  },
  ...(['user', 'safety_identifier'] as const).map((field) => ({
    field,
    body: { [field]: 'user-7' },
    arrives: {
      ollama: leftOut(noMember),
      anthropic: at('metadata', { user_id: 'user-7' }),
      google: leftOut(noMember),
      bedrock: leftOut(noMember),
      cohere: leftOut(noMember),
    },
  })),
  {
    field: 'n above 1',
    body: { n: 2 },
    arrives: {
      ollama: refused('the wire gives one answer'),
      anthropic: refused('the wire gives one answer'),
      google: refused('several answers are several readings of the prompt, which nobody has paid for'),
      bedrock: refused('the wire gives one answer'),
      cohere: refused('the wire gives one answer'),
    },
  },
  {
    field: 'logprobs',
    body: { logprobs: true },
    arrives: {
      ollama: at('logprobs', true),
      anthropic: leftOut(noMember),
      google: leftOut(unsent),
      bedrock: leftOut(noMember),
      cohere: leftOut(unsent),
    },
  },
  ...(['metadata', 'logit_bias', 'a member that nobody knows'] as const).map((field) => ({
    field,
    body: { [field.replaceAll(' ', '_')]: { a: 1 } },
    arrives: {
      ollama: leftOut(noMember),
      anthropic: leftOut(noMember),
      google: leftOut(noMember),
      bedrock: leftOut(noMember),
      cohere: leftOut(noMember),
    },
  })),
]

function answered(content: string): JsonValue {
  return { role: 'tool', tool_call_id: 'call_1', content }
}
