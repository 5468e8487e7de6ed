// Owns the step from the tools of a response, and which of them may or must be called, to those of a chat.
import type { JsonObject, JsonValue } from '../../../domain/request-body.ts'
import { isAbsent, isObject, shownName, type TellOnlyThere, wrong } from './wire.ts'

/** Members of a function that a chat's have not, and OpenAI's servers refuse there. */
const functionMembersOfRoute = new Set(['allowed_callers', 'async', 'defer_loading', 'output_schema'])

/** No functions, and run by who asks. */
const runByCaller: ReadonlySet<unknown> = new Set(['custom', 'local_shell', 'apply_patch'])

/** @throws AegisError `invalid_request` */
export function toolsOf(
  { tools, tool_choice: choice, parallel_tool_calls: parallel }: JsonObject,
  onlyThere: TellOnlyThere,
): JsonObject {
  if (isAbsent(tools)) return {}
  if (!Array.isArray(tools)) throw wrong('tools', 'must be a list of tools')
  const functions = tools.flatMap((tool: JsonValue, index) => functionTool(tool, `tools[${index}]`, onlyThere) ?? [])
  const chosen = isAbsent(choice) || tools.length === 0 ? undefined : choiceOf(choice, onlyThere)
  if (functions.length === 0) return {}
  return {
    tools: functions,
    ...(chosen === undefined ? {} : { tool_choice: chosen }),
    ...(isAbsent(parallel) ? {} : { parallel_tool_calls: parallel }),
  }
}

function functionTool(tool: JsonValue, path: string, onlyThere: TellOnlyThere): JsonObject | undefined {
  if (!isObject(tool)) throw wrong(path, 'must be an object with a type')
  const { type, ...members } = tool
  if (type === 'function') {
    // The route takes null for what a chat's function leaves out.
    const called = Object.entries(members).filter(
      ([name, value]) => !functionMembersOfRoute.has(name) && !isAbsent(value),
    )
    return { type, function: Object.fromEntries(called) }
  }
  const reason = runByCaller.has(type) ? 'is known to OpenAI alone' : 'is run by OpenAI itself and not here'
  onlyThere(wrong(`${path}.type`, `${shownName(type)} ${reason}: offer a function and run it in your program`))
  return undefined
}

function choiceOf(choice: JsonValue, onlyThere: TellOnlyThere): JsonValue | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice
  if (!isObject(choice)) throw wrong('tool_choice', 'must be auto, none, required or a function')
  if (choice.type === 'allowed_tools') return allowedOf(choice, onlyThere)
  if (choice.type !== 'function') {
    onlyThere(wrong('tool_choice.type', `${shownName(choice.type)} is not supported: name a function`))
    return undefined
  }
  return { type: 'function', function: { name: choice.name ?? '' } }
}

function allowedOf({ mode, tools }: JsonObject, onlyThere: TellOnlyThere): JsonValue {
  if (!Array.isArray(tools)) throw wrong('tool_choice.tools', 'must be a list of tools')
  const allowed = tools.flatMap((tool: JsonValue, index) => {
    const { type, name } = isObject(tool) ? tool : {}
    if (type === 'function') return [{ type, function: { name: name ?? '' } }]
    onlyThere(wrong(`tool_choice.tools[${index}].type`, `${shownName(type)} is not supported: name a function`))
    return []
  })
  return { type: 'allowed_tools', allowed_tools: { mode: mode ?? 'auto', tools: allowed } }
}
