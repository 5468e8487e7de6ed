/** Owns entering Portkey's gateway, the TypeScript peer. */
import type { Bench } from '../bench.ts'
import { freePort, untilAnswers } from '../process/ready.ts'
import { PORTKEY_SERVER } from '../requirements.ts'
import { LOCAL_MODEL, type RunningProxy, varied } from './contestant.ts'

export async function enterPortkey(bench: Bench, upstreamPort: number): Promise<RunningProxy> {
  const port = await freePort()
  const request = varied(LOCAL_MODEL, {
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
  })
  const child = bench.children.start({
    name: 'portkey',
    command: process.execPath,
    args: [PORTKEY_SERVER, '--headless', `--port=${port}`],
    environment: { NODE_ENV: 'production' },
  })
  await untilAnswers(child, port, request)
  return { name: 'portkey', child, port, request }
}
