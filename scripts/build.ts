// Owns the build of the package: TypeScript to JavaScript, and the files that are not code.
import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
copyFileSync('src/gateway/status/status.html', 'dist/gateway/status/status.html')
