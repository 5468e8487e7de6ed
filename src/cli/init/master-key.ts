// Owns the master key: how it is made, and its line in `.env`.
import { randomBytes } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'

/**
 * A new key from the machine's secure randomness: an id that may be logged, and a secret of 192 bits.
 * @example newMasterKey() // 'sk-aegis-4f1d09aa-6c…'
 */
export function newMasterKey(): string {
  return `sk-aegis-${randomBytes(4).toString('hex')}-${randomBytes(24).toString('hex')}`
}

const keyLine = /^[ \t]*(?:export[ \t]+)?AEGIS_MASTER_KEY[ \t]*=.*$/m
/** A line that sets it to nothing does not count. */
const keyWithValue = /^[ \t]*(?:export[ \t]+)?AEGIS_MASTER_KEY[ \t]*=[ \t]*["']?[^\s"'#]/m

/**
 * Puts the key into the file, which only its owner may read from then on. Other lines stay as they are.
 * @returns `kept` when there was a key and it was not to be replaced.
 */
export async function writeMasterKey(path: string, key: string, replace: boolean): Promise<'written' | 'kept'> {
  const line = `AEGIS_MASTER_KEY=${key}`
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
  if (text === undefined) {
    await writeFile(path, `# Loaded by every aegis command that starts in this directory. Keep it secret.\n${line}\n`, {
      mode: 0o600,
      flag: 'wx',
    })
    return 'written'
  }
  await chmod(path, 0o600)
  if (keyWithValue.test(text) && !replace) return 'kept'
  const present = keyLine.test(text)
  const ended = text === '' || text.endsWith('\n') ? text : `${text}\n`
  await writeFile(path, present ? text.replace(keyLine, line) : `${ended}${line}\n`)
  return 'written'
}
