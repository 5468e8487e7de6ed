// Owns the reading of `.env`: where `aegis init` puts the master key, and where provider keys may stand.
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { styledError, tell } from './terminal.ts'

/** Variables that are set by the file and by nothing else, so that a changed file changes them. */
const fromFile = new Set<string>()

/**
 * Loads the file `.env` of the working directory into the environment of this process, when there is one. A variable
 * that is set already wins. Nothing is searched for in other directories, and a file that cannot be read is a warning.
 * Called again, it takes over what has changed in the file.
 */
export function loadEnvFile(): void {
  try {
    const found = parseEnv(readFileSync('.env', 'utf8'))
    for (const name of fromFile) if (!(name in found)) delete process.env[name]
    for (const [name, value] of Object.entries(found)) {
      if (process.env[name] !== undefined && !fromFile.has(name)) continue
      process.env[name] = value
      fromFile.add(name)
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    if (code !== 'ENOENT')
      tell(`${styledError('yellow', 'warning')} .env was not read (${code}): check its permissions`)
  }
}
