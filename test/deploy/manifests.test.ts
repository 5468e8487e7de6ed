// Proves what can be proved of the ways to deploy without a container engine or a cluster: files parse, configurations are valid,
// and ports, paths, names and times agree with each other and with the program.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse, parseAllDocuments } from 'yaml'
import { program } from '../../src/cli/program.ts'
import { parseConfig } from '../../src/config/load-config.ts'
import { isLoopback } from '../../src/config/local-network.ts'
import { routeOf } from '../../src/gateway/routes.ts'

const deploy = new URL('../../deploy/', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, deploy), 'utf8')

const secrets = {
  OPENAI_API_KEY: 'sk-test',
  POSTGRES_PASSWORD: 'password',
  DATABASE_URL: 'postgres://aegis:password@postgres:5432/aegis',
  AEGIS_MASTER_KEY: 'master-key-of-the-test',
}

/** The flags that a command line uses are those of the program. */
function assertServes(words: readonly string[]): void {
  const serve = program.commands.find((command) => command.name() === 'serve')
  assert.ok(serve && words[0] === 'serve')
  for (const word of words.filter((one) => one.startsWith('--'))) {
    assert.ok(
      serve.options.some(({ long }) => long === word),
      `aegis serve has no ${word}`,
    )
  }
}

describe('the image', () => {
  const dockerfile = read('docker/Dockerfile')
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))

  test('has several stages, runs as a user without rights, and says how it is', () => {
    assert.ok((dockerfile.match(/^FROM /gm) ?? []).length >= 2)
    assert.match(last, /^USER node$/m)
    assert.match(last, /^HEALTHCHECK /m)
    assert.match(last, /^STOPSIGNAL SIGTERM$/m)
    assert.doesNotMatch(last, /^RUN npm|^COPY src/m)
    assert.match(last, /^EXPOSE 8080 8081$/m)
  })

  test('asks for its health where the configurations beside it answer', () => {
    const [, port = '', path = ''] = /127\.0\.0\.1:(\d+)(\/[\w/]+)/.exec(last) ?? []
    const { server } = parseConfig(read('compose/aegis.yml'), { source: 'aegis.yml', env: secrets })
    assert.equal(Number(port), server.livenessPort)
    assert.equal(path, '/health/liveness')
  })

  test('starts a command that exists, from where the build puts it', () => {
    const [, command = '[]'] = /^CMD (\[.*\])$/m.exec(last) ?? []
    assertServes(JSON.parse(command) as string[])
    const { bin } = JSON.parse(readFileSync(new URL('../package.json', deploy), 'utf8')) as { bin: { aegis: string } }
    assert.match(last, new RegExp(`ENTRYPOINT \\["node", "/app/${bin.aegis.replaceAll('.', '\\.')}"\\]`))
  })

  test('copies only files that there are, and lets into its context what it copies', () => {
    const ignore = read('docker/Dockerfile.dockerignore')
    for (const [, sources = ''] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
      for (const source of sources.split(' ')) {
        assert.ok(existsSync(new URL(`../${source}`, deploy)), source)
        assert.ok(ignore.split('\n').includes(`!${source}`), `${source} is kept out`)
      }
    }
  })

  test('installs optional packages that package.json knows', () => {
    const [, names = ''] = /ARG OPTIONAL="([^"]+)"/.exec(dockerfile.replaceAll('\\\n', '')) ?? []
    const { devDependencies, peerDependencies } = JSON.parse(
      readFileSync(new URL('../package.json', deploy), 'utf8'),
    ) as {
      devDependencies: Record<string, string>
      peerDependencies: Record<string, string>
    }
    assert.ok(names.includes('pg'))
    for (const name of names.split(/\s+/)) assert.ok(devDependencies[name] && peerDependencies[name], name)
  })
})

interface Service {
  readonly image?: string
  readonly command?: readonly string[]
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly networks?: readonly string[]
  readonly depends_on?: readonly string[] | Readonly<Record<string, object>>
  readonly stop_grace_period?: string
  readonly environment?: Readonly<Record<string, string>>
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, null>>
  readonly networks: { readonly aegis: { readonly ipam: { readonly config: readonly { readonly subnet: string }[] } } }
}

describe('compose', () => {
  const compose = parse(read('compose/compose.yml')) as Compose
  const config = parseConfig(read('compose/aegis.yml'), { source: 'aegis.yml', env: secrets })
  const aegis = compose.services.aegis as Service

  test('has a configuration that is valid, whose hosts are services of it', () => {
    const hosts = config.providers.map(({ baseUrl }) => new URL(baseUrl).hostname).filter((host) => !host.includes('.'))
    assert.deepEqual(hosts, ['ollama'])
    for (const host of [...hosts, 'postgres']) assert.ok(compose.services[host], host)
    assert.ok(config.ledger.kind === 'postgres' && new URL(config.ledger.url.reveal()).hostname === 'postgres')
    assert.equal(config.privacy.localNetworks[0], compose.networks.aegis.ipam.config[0]?.subnet)
    assert.ok(config.providers.some(({ location }) => location === 'local'))
  })

  test('starts a command that exists, gives it longer to stop than it drains, and opens its port to this machine alone', () => {
    assertServes(aegis.command ?? [])
    assert.ok(Number.parseInt(aegis.stop_grace_period ?? '0', 10) * 1000 > config.server.drainMs + 5000)
    for (const { ports = [] } of Object.values(compose.services)) {
      for (const port of ports) assert.ok(isLoopback(port.split(':')[0] ?? ''), port)
    }
    assert.ok(aegis.ports?.[0]?.endsWith(`:${config.server.port}`))
  })

  test('mounts files that there are and volumes that it declares, and needs services that it has', () => {
    for (const [name, { volumes = [], depends_on: needs = [] }] of Object.entries(compose.services)) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':')
        if (source.startsWith('.'))
          assert.ok(existsSync(new URL(source, new URL('compose/', deploy))), `${name}: ${source}`)
        else assert.ok(source in compose.volumes, `${name}: ${source}`)
      }
      for (const need of Array.isArray(needs) ? needs : Object.keys(needs)) assert.ok(compose.services[need], need)
    }
  })

  test('names every variable in .env.example, with no value', () => {
    const named = [...read('compose/compose.yml').matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name)
    const example = read('compose/.env.example')
    for (const name of named) assert.match(example, new RegExp(`^${name}=$`, 'm'))
    const given = Object.keys(aegis.environment ?? {})
    for (const [, name = ''] of read('compose/aegis.yml').matchAll(/\$\{([A-Z_]+)/g))
      assert.ok(given.includes(name), name)
  })

  test('lets Prometheus scrape the gateway, and Grafana find both', () => {
    const scraping = parse(read('prometheus/prometheus.yml')) as {
      rule_files: string[]
      scrape_configs: { job_name: string; metrics_path?: string; static_configs: { targets: string[] }[] }[]
    }
    const [job] = scraping.scrape_configs
    assert.deepEqual(job?.static_configs[0]?.targets, [`aegis:${config.server.port}`])
    assert.equal(routeOf(job?.metrics_path ?? '/metrics', 'GET')?.open, true)
    assert.match(read('prometheus/aegis.rules.yml'), new RegExp(`job="${job?.job_name}"`))
    const mounted = compose.services.prometheus?.volumes?.map((volume) => volume.split(':')[1])
    for (const file of scraping.rule_files) assert.ok(mounted?.includes(file), file)
    const sources = parse(read('grafana/provisioning/datasources/prometheus.yml')) as { datasources: { url: string }[] }
    assert.equal(sources.datasources[0]?.url, 'http://prometheus:9090')
    const boards = parse(read('grafana/provisioning/dashboards/aegis.yml')) as {
      providers: { options: { path: string } }[]
    }
    const path = boards.providers[0]?.options.path ?? 'none'
    assert.ok(compose.services.grafana?.volumes?.some((volume) => volume.split(':')[1] === `${path}/aegis.json`))
  })
})

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string }
  // biome-ignore lint/suspicious/noExplicitAny: manifests are as deep as Kubernetes makes them
  readonly spec: any
  readonly data?: Readonly<Record<string, string>>
}

describe('kubernetes', () => {
  const documents = parseAllDocuments(read('kubernetes/aegis.yml'))
  for (const { errors } of documents) assert.deepEqual(errors, [])
  const manifests = documents.map((one) => one.toJS() as Manifest)
  const one = (kind: string) => manifests.find((manifest) => manifest.kind === kind) as Manifest
  const config = parseConfig(one('ConfigMap').data?.['aegis.yml'] ?? '', { source: 'aegis.yml', env: secrets })
  const { template, replicas } = one('StatefulSet').spec
  const [container] = template.spec.containers
  const portNamed = (name: string) =>
    container.ports.find((port: { name: string; containerPort: number }) => port.name === name)?.containerPort

  test('has two replicas on one PostgreSQL, of which one stays when nodes are drained', () => {
    assert.equal(replicas, 2)
    assert.equal(config.ledger.kind, 'postgres')
    assert.ok(one('PodDisruptionBudget').spec.minAvailable < replicas)
    for (const { metadata } of manifests) assert.equal(metadata.namespace, 'aegis')
  })

  test('has selectors that fit its pods', () => {
    const { labels } = template.metadata
    const selectors = [
      one('StatefulSet').spec.selector.matchLabels,
      one('PodDisruptionBudget').spec.selector.matchLabels,
      one('NetworkPolicy').spec.podSelector.matchLabels,
      ...manifests.filter(({ kind }) => kind === 'Service').map(({ spec }) => spec.selector),
    ]
    for (const selector of selectors) assert.deepEqual(selector, labels)
    assert.ok(
      manifests.some(
        ({ kind, metadata }) => kind === 'Service' && metadata.name === one('StatefulSet').spec.serviceName,
      ),
    )
  })

  test('probes and scrapes routes that exist, on the ports that the configuration listens on', () => {
    assert.equal(portNamed('http'), config.server.port)
    assert.equal(portNamed('liveness'), config.server.livenessPort)
    const { startupProbe, livenessProbe, readinessProbe } = container
    for (const { httpGet } of [startupProbe, livenessProbe])
      assert.deepEqual(httpGet, { path: '/health/liveness', port: 'liveness' })
    assert.deepEqual(readinessProbe.httpGet, { path: '/health/readiness', port: 'http' })
    assert.equal(routeOf('/health/readiness', 'GET')?.open, true)
    const { annotations } = template.metadata
    assert.equal(Number(annotations['prometheus.io/port']), config.server.port)
    assert.equal(routeOf(annotations['prometheus.io/path'], 'GET')?.open, true)
    assertServes(container.args)
  })

  test('gives a pod longer to stop than it drains, and no rights', () => {
    const { preStop } = container.lifecycle
    const needed = preStop.sleep.seconds * 1000 + config.server.drainMs + 5000
    assert.ok(template.spec.terminationGracePeriodSeconds * 1000 > needed)
    assert.equal(template.spec.automountServiceAccountToken, false)
    assert.equal(template.spec.securityContext.runAsNonRoot, true)
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  test('lets a pod reach names, the ledger, its Ollama and TLS, and nothing else', () => {
    const { egress, policyTypes } = one('NetworkPolicy').spec
    assert.deepEqual(policyTypes, ['Ingress', 'Egress'])
    const ports = egress.flatMap(({ ports }: { ports: { port: number }[] }) => ports.map(({ port }) => port))
    assert.deepEqual([...new Set(ports)].sort(), [11434, 443, 53, 5432])
    const wide = egress.filter(({ to }: { to: { ipBlock?: { cidr: string; except: string[] } }[] }) =>
      to.some(({ ipBlock }) => ipBlock),
    )
    assert.equal(wide.length, 1)
    for (const range of ['10.0.0.0/8', '169.254.0.0/16']) assert.ok(wide[0].to[0].ipBlock.except.includes(range))
    const localPort = Number(new URL(config.providers[0]?.baseUrl ?? '').port)
    assert.ok(ports.includes(localPort))
  })

  test('mounts what it has, and is written to where it may write', () => {
    const volumes = template.spec.volumes.map(({ name }: { name: string }) => name)
    const claims = one('StatefulSet').spec.volumeClaimTemplates.map(({ metadata }: Manifest) => metadata.name)
    for (const { name } of container.volumeMounts) assert.ok([...volumes, ...claims].includes(name), name)
    const paths = container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)
    assert.ok(
      config.ledger.kind === 'postgres' &&
        paths.some((path: string) => config.ledger.kind === 'postgres' && config.ledger.journal.startsWith(path)),
    )
  })
})

describe('systemd', () => {
  const unit = read('systemd/aegis.service')
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? ''

  test('starts a command that exists, reloads by SIGHUP and stops by SIGTERM', () => {
    const words = value('ExecStart').split(' ')
    assertServes(words.slice(words.indexOf('serve')))
    assert.match(value('ExecReload'), /kill -HUP \$MAINPID/)
    assert.equal(value('KillSignal'), 'SIGTERM')
    const { server } = parseConfig('providers: { a: { base_url: http://localhost:1, models: [m] } }', {
      source: 'a',
      env: {},
    })
    assert.ok(Number(value('TimeoutStopSec')) * 1000 > server.drainMs + 5000)
    assert.equal(value('NoNewPrivileges'), 'true')
  })

  const skip = spawnSync('systemd-analyze', ['--version']).status === 0 ? false : 'systemd-analyze is not installed'
  test('is a unit that systemd accepts', { skip }, () => {
    const file = fileURLToPath(new URL('systemd/aegis.service', deploy))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  })
})
