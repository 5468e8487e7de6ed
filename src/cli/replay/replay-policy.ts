// Owns the policy that decisions are replayed under: a candidate over the configuration of this place, or another configuration.
import { readFile } from 'node:fs/promises'
import { composePolicy } from '../../compose-config.ts'
import { candidatePolicy } from '../../compose-rollout.ts'
import type { AegisConfig } from '../../config/aegis-config.ts'
import { ConfigError } from '../../config/config-error.ts'
import { parseConfig } from '../../config/load-config.ts'
import { readCandidateFile } from '../../config/read-candidate.ts'
import { readYaml } from '../../config/read-yaml.ts'
import { isMapping } from '../../config/source-tree.ts'
import { systemClock } from '../../open-aegis.ts'
import { withStandIns } from '../policy/policy-config.ts'

type ReplayPolicy = Awaited<ReturnType<typeof composePolicy>>

/** @throws ConfigError with every problem of the file. */
export async function replayPolicy(file: string, current: AegisConfig): Promise<ReplayPolicy> {
  const text = await readText(file)
  const { root } = readYaml(text, file)
  if (isMapping(root) && root.providers !== undefined) {
    return composePolicy(parseConfig(text, { source: file, env: withStandIns(text, process.env) }), systemClock)
  }
  // Read again with stand-ins, so that no provider is closed for want of a key.
  const currentText = await readText(current.source)
  const env = withStandIns(currentText, process.env)
  const ground = parseConfig(currentText, { source: current.source, env })
  const { candidate, problems } = readCandidateFile(text, file, withStandIns(text, process.env), {
    providers: ground.providers,
    groups: ground.routing.groups,
  })
  if (!candidate) throw new ConfigError(problems)
  const { policy, priceBook } = await composePolicy(ground, systemClock)
  return { policy: candidatePolicy(policy, { candidate }), priceBook }
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const message = error.code === 'ENOENT' ? 'there is no such file' : 'cannot be read'
    throw new ConfigError([{ message, file: path, line: undefined, column: undefined, path: '' }])
  })
}
