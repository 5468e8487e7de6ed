#!/usr/bin/env -S node --max-semi-space-size=8
// Owns the start of the command line: the variables of .env, then the command. Each command's exit code is its own.
import { loadEnvFile } from './load-env-file.ts'
import { runProgram } from './program.ts'

// `aegis usage | head` closes the pipe early, which is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(process.exitCode ?? 0)
})

loadEnvFile()
process.exitCode = (await runProgram(process.argv.slice(2))) ?? process.exitCode
