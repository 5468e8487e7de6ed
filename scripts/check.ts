// Owns `npm run check`: what must hold before anything is merged, one line a step. CI runs exactly this.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { auditPackages } from './audit-packages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const installed = (name: string) => join(root, 'node_modules', '.bin', name)

interface Step {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

const steps: Step[] = [
  {
    name: 'format and lint (npm run format mends most of it)',
    command: installed('biome'),
    args: ['check', '--error-on-warnings', '.'],
  },
  { name: 'types', command: installed('tsc'), args: ['-p', 'tsconfig.json'] },
  { name: 'the package builds', command: installed('tsc'), args: ['-p', 'tsconfig.build.json', '--noEmit'] },
  ...generated('config.schema.json', 'generate-config-schema.ts'),
  ...generated('docs/reference', 'generate-reference.ts'),
  { name: 'architecture', command: process.execPath, args: ['--test', 'test/architecture.test.ts'] },
]

/** A file that is made from the code must be what the code makes now. */
function generated(what: string, script: string): Step[] {
  if (!existsSync(join(root, 'scripts', script))) return []
  return [{ name: `${what} is fresh`, command: process.execPath, args: [join('scripts', script), '--check'] }]
}

let failed = 0
for (const { name, command, args } of steps) {
  const startedMs = performance.now()
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${status === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  if (status === 0) continue
  failed += 1
  for (const text of [stdout, stderr, error?.message]) if (text) console.log(text.trimEnd())
}
const audit = auditPackages(root)
const marks = { clean: '✓', vulnerable: '✗', unknown: '!' } as const
console.log(`${marks[audit.verdict]} packages: ${audit.says}`)
if (audit.verdict === 'vulnerable') failed += 1
if (failed > 0) console.log(`${failed} of ${steps.length + 1} steps failed`)
process.exitCode = failed > 0 ? 1 : 0
