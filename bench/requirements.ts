/** Owns what must be there before anything is measured: wrk and nginx from Debian, the peers from npm. */
import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A program is missing; the message names the Debian package. */
export class MissingProgramError extends Error {
  override readonly name = 'MissingProgramError'
}

/** Debian installs nginx here, which is not on every user's PATH. */
const EXTRA_DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/local/sbin']
const PACKAGES = { wrk: 'wrk', nginx: 'nginx-light' } as const

/** @throws {MissingProgramError} naming every missing Debian package at once. */
export function findTools(searchPath: string): { wrk: string; nginx: string } {
  const directories = [...searchPath.split(':'), ...EXTRA_DIRECTORIES]
  const wrk = findProgram('wrk', directories)
  const nginx = findProgram('nginx', directories)
  if (wrk !== undefined && nginx !== undefined) return { wrk, nginx }
  const missing = [...(wrk === undefined ? [PACKAGES.wrk] : []), ...(nginx === undefined ? [PACKAGES.nginx] : [])]
  throw new MissingProgramError(
    `The benchmark needs ${missing.map((name) => `the Debian package ${name}`).join(' and ')}, not found on this ` +
      `machine.\nInstall: sudo apt-get install ${missing.join(' ')}   (a running nginx service is not needed)`,
  )
}

/** The command line of the built package, once {@link buildProduct} is through. */
export const AEGIS_MAIN = join(import.meta.dirname, '../dist/cli/main.js')

/** Builds the package, so that what is measured is what is installed. @throws when the code does not compile. */
export function buildProduct(): void {
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: join(import.meta.dirname, '..'), stdio: 'inherit' })
}

const PEERS = join(import.meta.dirname, 'peers')

/** The start script of Portkey's gateway once {@link installPeers} is through. */
export const PORTKEY_SERVER = join(PEERS, 'node_modules/@portkey-ai/gateway/build/start-server.js')

/**
 * Installs the peers on the first run, into a folder of their own so that they never weigh on the product's install.
 * Returns what went wrong, or undefined.
 */
export function installPeers(say: (line: string) => void): string | undefined {
  const installed = join(PEERS, 'node_modules/@portkey-ai/gateway/package.json')
  if (existsSync(PORTKEY_SERVER) && versionIn(installed) === wantedPortkey()) return undefined
  say('first run: npm ci --prefix bench/peers (Portkey gateway, 25 MB, only for the benchmark)')
  const install = spawnSync('npm', ['ci', '--prefix', PEERS, '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  return install.status === 0 ? undefined : `npm ci --prefix bench/peers failed:\n${install.stderr ?? install.error}`
}

function wantedPortkey(): string | undefined {
  const manifest = JSON.parse(readFileSync(join(PEERS, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  return manifest.dependencies['@portkey-ai/gateway']
}

function versionIn(packageFile: string): string | undefined {
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version?: string }).version
}

function findProgram(name: string, directories: readonly string[]): string | undefined {
  return directories.map((directory) => join(directory, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
