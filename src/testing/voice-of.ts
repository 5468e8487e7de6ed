// Who is speaking, by the options of an upstream.
import type { Voice } from './plan-answer.ts'
import type { UpstreamOptions } from './upstream.ts'

export function voiceOf(label: string, options: UpstreamOptions): Voice {
  return { label, simulated: options.simulated ?? true, echo: options.echo ?? false, reads: options.reads ?? false }
}
