#!/usr/bin/env node
// Owns the command line: declarations only. Each command lives in commands/, and its exit code is its own.
import { program } from './program.ts'

await program.parseAsync()
