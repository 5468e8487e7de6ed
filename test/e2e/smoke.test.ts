import { test } from 'node:test'
import { critical, startWorld } from './world.ts'
test('smoke', async () => {
  await using world = await startWorld({ limits: { openai: 10 } })
  const reply = await world.chat(critical())
  console.log(reply.status, reply.headers, reply.text, world.usage(), world.costs())
  const s = await world.chat(critical({ stream: true }))
  console.log(s.status, s.headers, s.text, world.costs(), world.metric('llm_cost_usd_total{provider="openai"}'))
  await world.atRest()
})
