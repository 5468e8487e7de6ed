// Owns the run of `aegis init`: a configuration, a master key, and what to do next.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEFAULT_OLLAMA_URL, ollamaUrl } from '../../config/ollama-host.ts'
import { sampleConfig } from '../../config/sample-config.ts'
import { isCloudModelName } from '../../domain/model-location.ts'
import { CommandError } from '../command-error.ts'
import { invocation } from '../invocation.ts'
import { listModels } from '../ollama-models.ts'
import { say, sayJson, styled, styledError, tell } from '../terminal.ts'
import { newMasterKey, writeMasterKey } from './master-key.ts'

export interface InitFlags {
  readonly dir: string
  readonly force?: boolean
  readonly json?: boolean
}

export async function runInit({ dir, force = false, json }: InitFlags): Promise<void> {
  const configPath = join(dir, 'aegis.yml')
  const envPath = join(dir, '.env')
  await mkdir(dir, { recursive: true })
  const text = sampleConfig({ localModels: await localModels() })
  await writeFile(configPath, text, { flag: force ? 'w' : 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new CommandError(`${configPath} exists and was left as it is: --force replaces it.`, 1, { code: 'exists' })
  })
  const key = await writeMasterKey(envPath, newMasterKey(), force)
  const next = nextCommands(dir)
  const exposed = await isExposed(dir)
  if (json) {
    sayJson({ config: configPath, env: envPath, master_key: key, git_ignored: !exposed, next })
    return
  }
  say(`${styled('green', '✓')} ${configPath}  providers, budgets and routing, with comments`)
  const keyText = key === 'kept' ? 'has a master key already, which was kept' : 'AEGIS_MASTER_KEY, for you only'
  say(`${styled('green', '✓')} ${envPath}  ${keyText}`)
  if (exposed) tell(`${styledError('yellow', 'warning')} git would take ${envPath}: echo .env >> ${dir}/.gitignore`)
  say()
  say('Next:')
  say(styled('dim', '  # provider keys, in .env or in the environment; without one its provider stays closed'))
  for (const command of next) say(`  ${command}`)
  say(styled('dim', '  # other clients: base URL http://127.0.0.1:8080/v1, API key the AEGIS_MASTER_KEY in .env'))
}

function nextCommands(dir: string): readonly string[] {
  const aegis = invocation()
  return [
    ...(dir === '.' ? [] : [`cd ${dir}`]),
    "echo 'OPENAI_API_KEY=sk-...' >> .env",
    `${aegis} check`,
    `${aegis} serve`,
    `${aegis} ask "Hello"`,
  ]
}

/** So that the file names models that are there. Nothing is sent but the question for their list. */
async function localModels(): Promise<readonly string[]> {
  const { OLLAMA_HOST } = process.env
  const url = OLLAMA_HOST ? ollamaUrl(OLLAMA_HOST) : DEFAULT_OLLAMA_URL
  const names = url === undefined ? undefined : await listModels(url)
  return (names ?? []).filter((name) => !isCloudModelName(name))
}

/** Whether `.env` lies in a git repository that does not ignore it. False when git cannot say. */
function isExposed(dir: string): Promise<boolean> {
  if (!existsSync(dir)) return Promise.resolve(false)
  return new Promise((resolve) => {
    execFile('git', ['check-ignore', '--quiet', '.env'], { cwd: dir }, (error) => resolve(error?.code === 1))
  })
}
