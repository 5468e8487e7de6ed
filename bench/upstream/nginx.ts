/** Owns starting nginx from a template: the static upstream and the proxy_pass yardstick. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import type { Child } from '../process/children.ts'

/** Starts the upstream that answers every chat request with the same 0.7 KB completion. */
export function startStaticUpstream(bench: Bench, port: number): Child {
  const completion = readFileSync(join(import.meta.dirname, 'completion.json'), 'utf8')
  const models = ['bench-local', 'gpt-4o-mini'].map((id) => ({ id, object: 'model', created: 0, owned_by: 'bench' }))
  return startNginx(bench, 'static', {
    PORT: String(port),
    COMPLETION: JSON.stringify(JSON.parse(completion)),
    MODELS: JSON.stringify({ object: 'list', data: models }),
  })
}

/** Starts `proxy_pass` in front of `upstreamPort`. */
export function startNginxProxy(bench: Bench, port: number, upstreamPort: number): Child {
  return startNginx(bench, 'proxy', { PORT: String(port), UPSTREAM_PORT: String(upstreamPort) })
}

function startNginx(bench: Bench, template: 'static' | 'proxy', values: Record<string, string>): Child {
  const directory = mkdtempSync(join(bench.directory, `nginx-${template}-`))
  const known: Record<string, string> = { ...values, DIRECTORY: directory, NAME: 'NAME' }
  const source = readFileSync(join(import.meta.dirname, `${template}.nginx.conf`), 'utf8')
  const config = source.replaceAll(/\{\{(\w+)\}\}/g, (_match, name: string) => {
    const value = known[name]
    if (value === undefined) throw new Error(`${template}.nginx.conf wants an unknown {{${name}}}`)
    return value
  })
  const file = join(directory, 'nginx.conf')
  writeFileSync(file, config)
  return bench.children.start({
    name: `nginx-${template}`,
    command: bench.tools.nginx,
    args: ['-c', file, '-p', directory, '-e', 'stderr'],
  })
}
