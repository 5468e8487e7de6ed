// Owns the rollout in small: a gateway of its own, traffic, and a candidate policy that grows by its gates from 10 to 100 %.

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { connect } from '../connect.ts'
import { demoCorpus } from '../demo.ts'
import { NotReady, sayingWhatIsMissing } from '../not-ready.ts'
import { withoutTracing } from '../without-tracing.ts'
import { startGatewayProcess } from './gateway-process.ts'
import { Rehearsal, say } from './rehearsal.ts'
import { Traffic } from './traffic.ts'
import { startUpstreams } from './upstreams.ts'

const config = fileURLToPath(new URL('../../gateway/aegis.yml', import.meta.url))

/** `--ollama` has the work at home done by the Ollama at OLLAMA_HOST; `--fault` rolls a bad candidate out. */
async function main(words: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  withoutTracing(env)
  const { ollama, fault } = readFlags(words)
  await using upstreams = await startUpstreams(ollama ? (env.OLLAMA_HOST ?? '127.0.0.1:11434') : undefined)
  const candidate = fault ? 'bad-candidate.yml' : 'candidate.yml'
  await using gateway = await startGatewayProcess(config, { ...upstreams.env, CANDIDATE: candidate })
  await using connected = await connect({ AEGIS_BASE_URL: gateway.url })
  say(`Aegis over ${upstreams.said}`)
  say(`  status page  ${gateway.url}/`)
  say(`  metrics      ${gateway.url}/metrics`)
  say(`  status       aegis rollout status --url ${gateway.url}`)
  say('\nThe corpus is read in')
  using traffic = await Traffic.open(connected, env.AEGIS_RAG_CORPUS ?? demoCorpus)
  const rollout = new Rehearsal(gateway, traffic, upstreams)
  await rollout.shadow()
  const end = await rollout.grow(fault)
  if (end.phase === 'rolled_back') await rollout.takeBack()
  const said = rollout.verdict()
  say(`\n${said.text}`)
  if (said.leaked || end.phase !== (fault ? 'rolled_back' : 'completed')) process.exitCode = 1
}

const flags = { ollama: { type: 'boolean', default: false }, fault: { type: 'boolean', default: false } } as const

function readFlags(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: flags }).values
  } catch {
    throw new NotReady('The rollout takes --ollama, --fault, or nothing.')
  }
}

await sayingWhatIsMissing(() => main(process.argv.slice(2), process.env))
