// Owns where a configuration is looked for.
import { resolve } from 'node:path'
import { type Environment, setVariable } from './env-reference.ts'

export interface FindOptions {
  /** The file of `--config`. */
  readonly stated?: string | undefined
  readonly env: Environment
  readonly cwd: string
  /** Whether there is a file; asked with absolute paths. */
  readonly exists: (path: string) => boolean | Promise<boolean>
}

const usualFiles = ['aegis.yml', 'aegis.yaml', 'config/llm_config.yml']

/**
 * The file to load: the stated one, else that of AEGIS_CONFIG, else the first usual one in `cwd` that exists:
 * `aegis.yml`, `aegis.yaml`, `config/llm_config.yml`. The first two are returned without a look, so that a wrong one
 * is an error and not passed over.
 * @returns a path for `loadConfig`, or undefined when providers are to be discovered.
 */
export async function findConfigFile({ stated, env, cwd, exists }: FindOptions): Promise<string | undefined> {
  const named = stated ?? setVariable(env, 'AEGIS_CONFIG')
  if (named !== undefined) return named
  for (const file of usualFiles) {
    if (await exists(resolve(cwd, file))) return file
  }
  return undefined
}
