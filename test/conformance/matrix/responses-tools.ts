// Owns what becomes of the tools of a response, and of which of them may or must be called.
import type { ResponseCreateParamsBase, Tool } from 'openai/resources/responses/responses'
import { at, because, type CarriedField, leftOut, parameters, warm } from './arrival.ts'
import { asChat, each, nowhere, onlyRoute, weather } from './responses-arrival.ts'

export const offered = { type: 'function', ...weather, parameters } as const
const openaiTool = { type: 'function', function: { ...weather, parameters } } as const
const other = { type: 'function', name: 'time', parameters } as const
const atOpenAI = 'only the route has it: offer a function, which your program runs'
const allowed = (mode: string) => ({
  tools: [offered, other],
  tool_choice: { type: 'allowed_tools', mode, tools: [{ type: 'function', name: 'weather' }] },
})

type Choice = Exclude<NonNullable<ResponseCreateParamsBase['tool_choice']>, string>['type']

/** A tool more in OpenAI's client is an error here until it is said what becomes of it. */
const tools: Readonly<Record<Tool['type'], readonly CarriedField[]>> = {
  function: [
    {
      field: 'tools: function',
      body: { tools: [{ ...offered, strict: null }] },
      arrives: { openai: at('tools', [openaiTool]), ...asChat('tools') },
    },
    {
      field: 'tools: function, strict',
      body: { tools: [{ ...offered, parameters: warm, strict: true }] },
      without: { tools: [{ ...offered, parameters: warm }] },
      arrives: {
        openai: at('tools.0.function.strict', true),
        ollama: at('tools.0.function.strict', true),
        anthropic: at('tools.0.strict', true),
        google: at('toolConfig.functionCallingConfig.mode', 'VALIDATED'),
        bedrock: at('toolConfig.tools.0.toolSpec.strict', true),
        cohere: leftOut(because.package),
      },
    },
    nowhere(
      'tools: function, its output_schema, allowed_callers, async and defer_loading',
      {
        tools: [
          { ...offered, output_schema: parameters, allowed_callers: ['direct'], async: false, defer_loading: false },
        ],
      },
      because.noMember,
      { tools: [offered] },
    ),
  ],
  custom: [only('custom', { name: 'write' })],
  namespace: [only('namespace', { name: 'sky', tools: [offered] })],
  ...each(
    [
      ...(['web_search', 'web_search_2025_08_26', 'web_search_preview', 'web_search_preview_2025_03_11'] as const),
      ...(['file_search', 'tool_search', 'computer', 'computer_use_preview', 'mcp', 'code_interpreter'] as const),
      ...(['image_generation', 'programmatic_tool_calling', 'local_shell', 'shell', 'apply_patch'] as const),
    ],
    (type) => only(type),
  ),
}

const choices: Readonly<Record<Choice | 'required' | 'none', readonly CarriedField[]>> = {
  required: [
    {
      field: 'tool_choice: required',
      body: { tools: [offered], tool_choice: 'required' },
      without: { tools: [offered] },
      arrives: { openai: at('tool_choice', 'required'), ...asChat('tool_choice: required') },
    },
  ],
  none: [
    {
      field: 'tool_choice: none',
      body: { tools: [offered], tool_choice: 'none' },
      arrives: { openai: at('tool_choice', 'none'), ...asChat('tool_choice: none') },
    },
  ],
  function: [
    {
      field: 'tool_choice: a function',
      body: { tools: [offered], tool_choice: { type: 'function', name: 'weather' } },
      arrives: {
        openai: at('tool_choice', { type: 'function', function: { name: 'weather' } }),
        ...asChat('tool_choice: a function'),
      },
    },
  ],
  allowed_tools: [
    {
      field: 'tool_choice: allowed_tools',
      body: allowed('required'),
      without: { tools: [offered, other] },
      arrives: {
        openai: at('tool_choice', {
          type: 'allowed_tools',
          allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'weather' } }] },
        }),
        ...asChat('tool_choice: allowed_tools'),
      },
    },
  ],
  ...each(
    [
      ...(['custom', 'mcp', 'shell', 'apply_patch', 'programmatic_tool_calling', 'file_search'] as const),
      ...(['code_interpreter', 'image_generation', 'computer', 'computer_use', 'computer_use_preview'] as const),
      ...(['web_search_preview', 'web_search_preview_2025_03_11'] as const),
    ],
    (type) => onlyRoute(`tool_choice: ${type}`, { tools: [offered], tool_choice: { type } }, atOpenAI),
  ),
}

export const toolFields: readonly CarriedField[] = Object.values(tools).flat()
export const choiceFields: readonly CarriedField[] = Object.values(choices).flat()

function only(type: string, more: CarriedField['body'] = {}): CarriedField {
  return onlyRoute(`tools: ${type}`, { tools: [{ type, ...more }] }, atOpenAI)
}
