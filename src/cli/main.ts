#!/usr/bin/env -S node --max-semi-space-size=8
// Owns the start of the command line: the variables of .env, then the command. Each command's exit code is its own.
import { keepCompiledCode } from './compiled-code.ts'

const words = process.argv.slice(2)
keepCompiledCode(words)
// After that, so that it holds for all that these import.
const [{ loadEnvFile }, { runProgram }] = await Promise.all([import('./load-env-file.ts'), import('./program.ts')])

// `aegis usage | head` closes the pipe early, which is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(process.exitCode ?? 0)
})

loadEnvFile()
process.exitCode = (await runProgram(words)) ?? process.exitCode
