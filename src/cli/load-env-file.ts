// Owns the reading of `.env`: where `aegis init` puts the master key, and where provider keys may stand.
import { styledError, tell } from './terminal.ts'

/**
 * Loads the file `.env` of the working directory into the environment of this process, when there is one. A variable
 * that is set already wins. Nothing is searched for in other directories, and a file that cannot be read is a warning.
 */
export function loadEnvFile(): void {
  try {
    process.loadEnvFile('.env')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    if (code !== 'ENOENT')
      tell(`${styledError('yellow', 'warning')} .env was not read (${code}): check its permissions`)
  }
}
