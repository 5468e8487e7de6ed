// Owns the build of the package: TypeScript to JavaScript, and the files that are not code.
import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
for (const page of ['gateway/status/status.html', 'gateway/docs/docs.html']) copyFileSync(`src/${page}`, `dist/${page}`)
