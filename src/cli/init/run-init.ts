// Owns the run of `aegis init`: a configuration, a master key, and what to do next.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isLoopback } from '../../config/local-network.ts'
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
  const text = await configText()
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
  if (exposed) {
    const line = `printf '.env\\naegis.db*\\n' >> ${join(dir, '.gitignore')}`
    tell(`${styledError('yellow', 'warning')} git would take ${envPath}: ${line}`)
  }
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

/**
 * The sample, with the address and the models of the Ollama on this machine when one answers. One at another machine
 * is not local, so it does not take the place of the local one.
 */
async function configText(): Promise<string> {
  const { OLLAMA_HOST } = process.env
  const url = OLLAMA_HOST ? ollamaUrl(OLLAMA_HOST) : DEFAULT_OLLAMA_URL
  if (url === undefined || !isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ''))) return sampleConfig()
  const names = await listModels(url)
  const text = sampleConfig({ localModels: (names ?? []).filter((name) => !isCloudModelName(name)) })
  return url === DEFAULT_OLLAMA_URL ? text : text.replace('base_url: http://localhost:11434', `base_url: ${url}`)
}

/** Whether `.env` lies in a git repository that does not ignore it. False when git cannot say. */
function isExposed(dir: string): Promise<boolean> {
  if (!existsSync(dir)) return Promise.resolve(false)
  return new Promise((resolve) => {
    execFile('git', ['check-ignore', '--quiet', '.env'], { cwd: dir }, (error) => resolve(error?.code === 1))
  })
}
