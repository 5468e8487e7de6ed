// Owns the run of `aegis policy test`: every case, its verdict, and an exit code for CI.
import { readFile } from 'node:fs/promises'
import { ConfigError } from '../../config/config-error.ts'
import { AegisLLMProxy } from '../../library/aegis-llm-proxy.ts'
import { printable, say, sayJson, styled } from '../terminal.ts'
import { type CaseResult, decideCase } from './decide-case.ts'
import { readPolicyFile } from './read-policy-file.ts'

export interface PolicyTestFlags {
  readonly config?: string
  readonly json?: boolean
}

export async function runPolicyTest(path: string, { config: stated, json }: PolicyTestFlags): Promise<void> {
  const { config, cases } = await readPolicyFile(path, stated, readText)
  await using aegis = await AegisLLMProxy.create(config.input, { env: config.env })
  const results = await Promise.all(cases.map((one) => decideCase(one, aegis)))
  const failed = results.filter(({ passed }) => !passed).length
  const passed = results.length - failed
  if (json) sayJson({ passed, failed, cases: results })
  else {
    for (const result of results) sayResult(result, path)
    say()
    say(styled(failed === 0 ? 'green' : 'red', `${passed} passed, ${failed} failed`))
  }
  if (failed > 0) process.exitCode = 1
}

function sayResult({ name, line, passed, differences, decision }: CaseResult, path: string): void {
  say(`${passed ? styled('green', '✓') : styled('red', '✗')} ${printable(name)}`)
  for (const { what, expected, got } of differences) {
    say(`    ${what}: expected ${styled('green', expected)}, got ${styled('red', got)}`)
  }
  if (passed) return
  const rule = decision.rule === undefined ? '' : `; the rule that chose: ${decision.rule}`
  say(styled('dim', `    ${path}:${line}${rule}`))
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a directory: name the file in it',
  EACCES: 'may not be read by this user: check its permissions',
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const message = reasons[error.code ?? ''] ?? 'cannot be read'
    throw new ConfigError([{ message, file: path, line: undefined, column: undefined, path: '' }])
  })
}
