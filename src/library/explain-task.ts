// Owns an explanation without a proxy: nothing is opened for writing, nobody is called.
import type { LLMTask } from '../domain/llm-task.ts'
import { type OpenOptions, openExplainer, systemClock } from '../open-aegis.ts'
import { type Explanation, explain } from '../proxy/explain.ts'
import { taskOf } from './task-of.ts'

/**
 * Where a task would go and why. The ledger is only read, so this works while a gateway, or a proxy of another
 * process, owns its file; `AegisLLMProxy.explain` is for a proxy that is open anyway.
 * @param config a file's path, an object with the keys of the file, or nothing: then what this machine offers.
 * @throws ConfigError listing every problem with its line; AegisError when the task itself is wrong.
 * @example
 * const { reason, candidates } = await explainTask({ prompt, dataClassification: 'pii' }, 'aegis.yml')
 */
export async function explainTask(
  task: LLMTask,
  config?: string | object,
  options: Omit<OpenOptions, 'config'> = {},
): Promise<Explanation> {
  const explainer = await openExplainer({ ...options, ...(config === undefined ? {} : { config }) })
  const { providers, routing } = explainer.config
  const receivedAtMs = (options.clock ?? systemClock).wallMs()
  const context = { requestId: 'explained', receivedAtMs, timeoutMs: routing.timeoutMs, stream: false, providers }
  return explain(taskOf(task, context), explainer.deps)
}
