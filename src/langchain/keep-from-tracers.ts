// Owns that restricted calls have no run at LangSmith: its tracer is taken from them, also where LangChain adds it unasked.
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import type { CallbackManager, Callbacks } from '@langchain/core/callbacks/manager'

/** LangChain adds its tracer when the environment asks for one, unless a handler has this name. */
const TRACER = 'langchain_tracer'

class NoTracer extends BaseCallbackHandler {
  readonly name = TRACER
  override ignoreLLM = true
  override ignoreChain = true
  override ignoreAgent = true
  override ignoreRetriever = true
  /** LangChain calls it on whichever handler has the name. */
  updateFromRunTree(): void {}
}

/** The same callbacks, without the tracer that sends what it sees to LangSmith. All others see the call. */
export function keptFromTracers(callbacks: Callbacks | undefined): Callbacks {
  const noTracer = new NoTracer()
  if (callbacks === undefined) return [noTracer]
  if (Array.isArray(callbacks)) {
    return [...callbacks.filter((one) => !('name' in one) || one.name !== TRACER), noTracer]
  }
  const copy = callbacks.copy()
  for (const handler of copy.handlers) if (handler.name === TRACER) copy.removeHandler(handler)
  copy.addHandler(noTracer, true)
  return copy satisfies CallbackManager
}
