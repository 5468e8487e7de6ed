// Owns what becomes of the fields of Ollama's /api/chat at every other wire.
import { at, because, type CarriedField, leftOut, parameters, png, warm } from './arrival.ts'

const user = { role: 'user', content: 'Say hello.' } as const
const weather = { type: 'function', function: { name: 'weather', description: 'The weather.', parameters } } as const
const called = {
  role: 'assistant',
  content: '',
  tool_calls: [{ function: { name: 'weather', arguments: { city: 'Bern' } } }],
}
const conversation = [user, called, { role: 'tool', tool_name: 'weather', content: '18 degrees' }]
const openaiCall = {
  id: 'call_0',
  type: 'function',
  function: { name: 'weather', arguments: '{"city":"Bern"}' },
} as const
const { noMember, package: unsent } = because

export const ollamaFields: readonly CarriedField[] = [
  {
    field: 'messages: system',
    body: { messages: [{ role: 'system', content: 'Be kind.' }, user] },
    arrives: {
      openai: at('messages.0', { role: 'system', content: 'Be kind.' }),
      anthropic: at('system.0.text', 'Be kind.'),
      google: at('systemInstruction.parts.0.text', 'Be kind.'),
      bedrock: at('system.0.text', 'Be kind.'),
      cohere: at('messages.0', { role: 'system', content: 'Be kind.' }),
    },
  },
  {
    field: 'messages: images',
    body: { messages: [{ role: 'user', content: 'What is this?', images: [png] }] },
    arrives: {
      openai: at('messages.0.content.1.image_url.url', `data:image/png;base64,${png}`),
      anthropic: at('messages.0.content.1.source', { type: 'base64', media_type: 'image/png', data: png }),
      google: at('contents.0.parts.1.inlineData', { mimeType: 'image/png', data: png }),
      bedrock: at('messages.0.content.1.image', { format: 'png', source: { bytes: png } }),
      cohere: at('messages.0.content.1.image_url.url', `data:image/png;base64,${png}`),
    },
  },
  {
    field: 'messages: tool_calls',
    body: { messages: conversation, tools: [weather] },
    arrives: {
      openai: at('messages.1.tool_calls.0', openaiCall),
      anthropic: at('messages.1.content.0', {
        type: 'tool_use',
        id: 'call_0',
        name: 'weather',
        input: { city: 'Bern' },
      }),
      google: at('contents.1.parts.0.functionCall', { id: 'call_0', name: 'weather', args: { city: 'Bern' } }),
      bedrock: at('messages.1.content.0.toolUse', { toolUseId: 'call_0', name: 'weather', input: { city: 'Bern' } }),
      cohere: at('messages.1.tool_calls.0', openaiCall),
    },
  },
  {
    field: 'messages: tool',
    body: { messages: conversation, tools: [weather] },
    arrives: {
      openai: at('messages.2', { role: 'tool', content: '18 degrees', tool_call_id: 'call_0', name: 'weather' }),
      anthropic: at('messages.2.content.0', { type: 'tool_result', tool_use_id: 'call_0', content: '18 degrees' }),
      google: at('contents.2.parts.0.functionResponse.response.content', '18 degrees'),
      bedrock: at('messages.2.content.0.toolResult', { toolUseId: 'call_0', content: [{ text: '18 degrees' }] }),
      cohere: at('messages.2', { role: 'tool', content: '18 degrees', tool_call_id: 'call_0' }),
    },
  },
  {
    field: 'messages: thinking of an earlier turn',
    body: { messages: [user, { role: 'assistant', content: 'Hello.', thinking: 'Hm.' }, user] },
    without: { messages: [user, { role: 'assistant', content: 'Hello.' }, user] },
    arrives: {
      openai: at('messages.1.reasoning_content', 'Hm.'),
      anthropic: leftOut('the wire takes back signed thoughts only'),
      google: leftOut('the wire takes back its own thoughts only'),
      bedrock: leftOut('the wire takes back signed thoughts only'),
      cohere: leftOut(unsent),
    },
  },
  {
    field: 'options: num_predict',
    body: { options: { num_predict: 50 } },
    arrives: {
      openai: at('max_tokens', 50),
      anthropic: at('max_tokens', 50),
      google: at('generationConfig.maxOutputTokens', 50),
      bedrock: at('inferenceConfig.maxTokens', 50),
      cohere: at('max_tokens', 50),
    },
  },
  {
    field: 'options: temperature',
    body: { options: { temperature: 0.25 } },
    arrives: {
      openai: at('temperature', 0.25),
      anthropic: at('temperature', 0.25),
      google: at('generationConfig.temperature', 0.25),
      bedrock: at('inferenceConfig.temperature', 0.25),
      cohere: at('temperature', 0.25),
    },
  },
  {
    field: 'options: top_p',
    body: { options: { top_p: 0.5 } },
    arrives: {
      openai: at('top_p', 0.5),
      anthropic: at('top_p', 0.5),
      google: at('generationConfig.topP', 0.5),
      bedrock: at('inferenceConfig.topP', 0.5),
      cohere: at('p', 0.5),
    },
  },
  {
    field: 'options: top_k',
    body: { options: { top_k: 20 } },
    arrives: {
      openai: leftOut('OpenAI’s servers refuse it'),
      anthropic: at('top_k', 20),
      google: at('generationConfig.topK', 20),
      bedrock: at('inferenceConfig.topK', 20),
      cohere: at('k', 20),
    },
  },
  {
    field: 'options: seed',
    body: { options: { seed: 7 } },
    arrives: {
      openai: at('seed', 7),
      anthropic: leftOut(noMember),
      google: at('generationConfig.seed', 7),
      bedrock: leftOut(noMember),
      cohere: at('seed', 7),
    },
  },
  {
    field: 'options: stop',
    body: { options: { stop: ['END'] } },
    arrives: {
      openai: at('stop', ['END']),
      anthropic: at('stop_sequences', ['END']),
      google: at('generationConfig.stopSequences', ['END']),
      bedrock: at('inferenceConfig.stopSequences', ['END']),
      cohere: at('stop_sequences', ['END']),
    },
  },
  ...(['presence_penalty', 'frequency_penalty'] as const).map((name) => ({
    field: `options: ${name}`,
    body: { options: { [name]: 0.5 } },
    arrives: {
      openai: at(name, 0.5),
      anthropic: leftOut(noMember),
      google: leftOut('the package leaves it out for Gemini’s models that refuse it'),
      bedrock: leftOut(noMember),
      cohere: at(name, 0.5),
    },
  })),
  {
    field: 'options that only Ollama has: min_p, repeat_penalty, mirostat …',
    body: { options: { min_p: 0.1, repeat_penalty: 1.5 } },
    arrives: {
      openai: leftOut('OpenAI’s servers refuse them'),
      anthropic: leftOut(noMember),
      google: leftOut(noMember),
      bedrock: leftOut(noMember),
      cohere: leftOut(noMember),
    },
  },
  {
    field: 'tools',
    body: { tools: [weather] },
    arrives: {
      openai: at('tools', [weather]),
      anthropic: at('tools.0', { name: 'weather', description: 'The weather.', input_schema: parameters }),
      google: at('tools.0.functionDeclarations.0.parametersJsonSchema', parameters),
      bedrock: at('toolConfig.tools.0.toolSpec.inputSchema.json', parameters),
      cohere: at('tools', [weather]),
    },
  },
  {
    field: 'format: a schema',
    body: { format: warm },
    arrives: {
      openai: at('response_format.json_schema.schema', warm),
      anthropic: at('output_config.format.schema.properties', warm.properties),
      google: at('generationConfig.responseJsonSchema', warm),
      bedrock: at('toolConfig.tools.0.toolSpec.inputSchema.json', warm),
      cohere: at('response_format.json_schema', warm),
    },
  },
  {
    field: 'format: json',
    body: { format: 'json' },
    arrives: {
      openai: at('response_format', { type: 'json_object' }),
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
    field: 'think: low, medium, high',
    body: { think: 'low', options: { num_predict: 30_000 } },
    arrives: {
      openai: at('reasoning_effort', 'low'),
      anthropic: at('thinking.type', 'enabled'),
      google: at('generationConfig.thinkingConfig.includeThoughts', true),
      bedrock: at('additionalModelRequestFields.thinking.type', 'enabled'),
      cohere: at('thinking.type', 'enabled'),
    },
  },
  {
    field: 'keep_alive',
    body: { keep_alive: '7m' },
    arrives: {
      openai: leftOut(noMember),
      anthropic: leftOut(noMember),
      google: leftOut(noMember),
      bedrock: leftOut(noMember),
      cohere: leftOut(noMember),
    },
  },
  {
    field: 'logprobs',
    body: { logprobs: true },
    arrives: {
      openai: at('logprobs', true),
      anthropic: leftOut(noMember),
      google: leftOut(unsent),
      bedrock: leftOut(noMember),
      cohere: leftOut(unsent),
    },
  },
]
