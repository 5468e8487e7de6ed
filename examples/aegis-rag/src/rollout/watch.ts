// Owns what an operator sees of the rollout besides the command line: /admin/rollout and /metrics of the gateway.
import * as z from 'zod'

const viewSchema = z.object({
  phase: z.string(),
  percent: z.number(),
  stage: z.object({ min_requests: z.number() }).nullable(),
  cohorts: z.object({ candidate: z.object({ requests: z.number() }) }),
  cause: z.object({ gate: z.string(), value: z.number(), limit: z.number() }).nullable(),
})

export type RolloutView = z.infer<typeof viewSchema>

export interface Watch {
  view(): Promise<RolloutView>
  /** The lines of the rollout. */
  metrics(): Promise<string[]>
}

export function watchGateway(url: string): Watch {
  const get = async (path: string) => {
    const reply = await fetch(url + path)
    if (!reply.ok) throw new Error(`The gateway answered ${reply.status} to ${path}.`)
    return reply
  }
  return {
    view: async () => viewSchema.parse(await (await get('/admin/rollout')).json()),
    metrics: async () =>
      (await (await get('/metrics')).text()).split('\n').filter((line) => line.startsWith('llm_rollout')),
  }
}
