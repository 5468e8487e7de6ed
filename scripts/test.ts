// Owns `npm test`: every test of src and test through node's own runner, except test/ollama, which needs a real Ollama.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/** A test, or a file of them, that takes so long hangs: it fails instead of never ending. */
const HANGS_AFTER_MS = 15 * 60_000
const needsOllama = join('test', 'ollama') + sep

/** Without files all of them run; what begins with a dash goes on to node: `npm test -- --test-name-pattern=lattice`. */
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'))
const files = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))

/** Each file is a process of its own, and compiling what they share again and again takes a third of the time. */
const NODE_COMPILE_CACHE = join(root, 'node_modules', '.cache', 'compiled')

const testProcess = spawn(
  process.execPath,
  [
    '--test',
    '--test-reporter=spec',
    // One more than cores: nearly half of the time a test waits for processes, servers and databases.
    `--test-concurrency=${Math.max(2, availableParallelism() + 1)}`,
    `--test-timeout=${HANGS_AFTER_MS}`,
    ...flags,
    ...(files.length > 0 ? files : allTests()),
  ],
  { stdio: 'inherit', cwd: files.length > 0 ? process.cwd() : root, env: { ...process.env, NODE_COMPILE_CACHE } },
)
testProcess.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1)
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => testProcess.kill(signal))

function allTests(): string[] {
  return ['src', 'test']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith(needsOllama))
    .sort()
}
