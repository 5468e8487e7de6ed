// Owns config.schema.json: writes it from the code, or with --check only says whether it is up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { configJsonSchema } from '../src/config/schema.ts'

const file = new URL('../config.schema.json', import.meta.url)
const wanted = `${JSON.stringify(configJsonSchema(), null, 2)}\n`

if (!process.argv.includes('--check')) {
  writeFileSync(file, wanted)
} else if (currentText() !== wanted) {
  console.error('config.schema.json is stale: run node scripts/generate-config-schema.ts')
  process.exitCode = 1
}

function currentText(): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
