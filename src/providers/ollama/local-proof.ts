// Owns the proof that a model of a local Ollama runs on this machine: its manifest may name a remote host.
import type { CancelSignal } from '../../domain/cancellation.ts'
import { isCloudModelName } from '../../domain/model-location.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import { RestrictedDoors } from '../transport/restricted-doors.ts'
import type { Upstream } from '../transport/upstream.ts'

/** A proof is believed for a minute; a model can be replaced at any time. */
const PROOF_LIFETIME_MS = 60_000
const MAX_SHOW_BYTES = 16 * 1024 * 1024
const MAX_PROOFS = 1000

/** `unknown`: an older server, which has no cloud of its own. */
type CloudState = 'on' | 'off' | 'unknown'

/** How a proven model is asked for. */
interface Proof {
  readonly wireModel: string
  readonly untilMs: number
}

/**
 * Asks the server before restricted data goes to a model, and remembers the answer for a minute. Proven is a model
 * whose manifest names no remote host, at a server whose cloud is off, or asked for with the suffix `:local`, which
 * newer servers never forward. Servers without `/api/status` know neither the suffix nor remote models by it.
 */
export class LocalProof {
  readonly #provider: string
  readonly #upstream: Upstream
  readonly #nowMs: () => number
  readonly #proofs = new Map<string, Proof>()
  readonly #doors: RestrictedDoors
  #cloud: CloudState = 'unknown'

  constructor(
    provider: string,
    upstream: Upstream,
    nowMs: () => number,
    doors: RestrictedDoors = new RestrictedDoors(nowMs),
  ) {
    this.#provider = provider
    this.#upstream = upstream
    this.#nowMs = nowMs
    this.#doors = doors
  }

  /**
   * Nothing restricted goes to this provider any more: it was seen to forward a request. A person may open it again. So
   * does the server that had its cloud on then and says now that it is off: that is more than the proof that was broken.
   */
  close(): void {
    this.#doors.close(this.#provider, 'remote_model_answered', { cloudWasOn: this.#cloud === 'on' })
    this.#proofs.clear()
  }

  /**
   * The name under which the model may be asked for.
   * @throws ProviderFailure of kind `privacy_refused` unless the model is proven to run here.
   */
  async provenModel(model: string, signal: CancelSignal): Promise<string> {
    await this.#assertOpen(signal)
    const known = this.#proofs.get(model)
    if (known && known.untilMs > this.#nowMs()) return known.wireModel
    const plain = model.replace(/:local$/, '')
    const wireModel = (await this.#askCloud(signal)) === 'on' ? `${plain}:local` : plain
    // `x-cloud:local` without its suffix is a name that is forwarded, and /api/show then tells nothing of that.
    if (isCloudModelName(wireModel)) throw this.#refused('would take this name for one of a cloud model')
    const body = Buffer.from(JSON.stringify({ model: wireModel }))
    const reply = await this.#upstream.ask('POST', '/api/show', body, signal)
    const shown = parseObject(await reply.collect(MAX_SHOW_BYTES))
    if (reply.status === 404) {
      const message = `${this.#provider} does not have this model, or only at a remote host.`
      throw new ProviderFailure('model_missing', { provider: this.#provider, message, dispatched: false })
    }
    if (reply.status !== 200 || !shown) throw this.#refused('did not show where this model runs')
    if (shown.remote_host || shown.remote_model) throw this.#refused('runs this model on a remote host')
    if (this.#doors.blocks(this.#provider)) throw this.#closedByForwarding()
    if (this.#proofs.size >= MAX_PROOFS) this.#proofs.clear()
    this.#proofs.set(model, { wireModel, untilMs: this.#nowMs() + PROOF_LIFETIME_MS })
    return wireModel
  }

  async #assertOpen(signal: CancelSignal): Promise<void> {
    const door = this.#doors.closed(this.#provider)
    if (door?.cause !== 'remote_model_answered') return
    this.#proofs.clear()
    if (!door.cloudWasOn || (await this.#askCloud(signal)) !== 'off') throw this.#closedByForwarding()
    this.#doors.serverProven(this.#provider)
  }

  /** A server has a cloud unless it says that it is off. Only one that lacks the route is an older one. */
  async #askCloud(signal: CancelSignal): Promise<CloudState> {
    const reply = await this.#upstream.ask('GET', '/api/status', undefined, signal)
    const status = parseObject(await reply.collect(MAX_SHOW_BYTES))
    if (reply.status === 404) {
      this.#cloud = 'unknown'
      return 'unknown'
    }
    if (reply.status !== 200) throw this.#refused('did not say whether its cloud is on')
    const cloud = status?.cloud
    const isOff = typeof cloud === 'object' && cloud !== null && 'disabled' in cloud && cloud.disabled === true
    this.#cloud = isOff ? 'off' : 'on'
    return this.#cloud
  }

  #closedByForwarding(): ProviderFailure {
    return this.#refused(
      'has forwarded a request to a remote host and is closed for restricted data until its cloud is turned off, or a ' +
        'person opens it',
    )
  }

  #refused(what: string): ProviderFailure {
    const message = `${this.#provider} ${what}, so restricted data was not sent to it.`
    return new ProviderFailure('privacy_refused', { provider: this.#provider, message, dispatched: false })
  }
}

interface ServerWords {
  readonly remote_host?: unknown
  readonly remote_model?: unknown
  readonly cloud?: unknown
}

function parseObject(body: Buffer): ServerWords | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}
