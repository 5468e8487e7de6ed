// Owns the course of the rollout: a shadow, then stage after stage by the gates, and back when they say so.
import { setTimeout as wait } from 'node:timers/promises'
import type { GatewayProcess } from './gateway-process.ts'
import { leaksIn, stageText, together } from './stage-text.ts'
import type { Served, Traffic } from './traffic.ts'
import type { Upstreams } from './upstreams.ts'
import { type RolloutView, type Watch, watchGateway } from './watch.ts'

/** The stage from which on a fault breaks the cloud; on a busy machine one may pass while its traffic is still under way. */
const FAULT_PERCENT = 30
const LOOK_EVERY_MS = 200
/** Longer than the gates take once a stage has had its requests. */
const PATIENCE_MS = 60_000

export const say = (line: string) => void process.stdout.write(`${line}\n`)

export class Rehearsal {
  readonly #gateway: GatewayProcess
  readonly #traffic: Traffic
  readonly #upstreams: Upstreams
  readonly #watch: Watch
  readonly #pace: Upstreams['pace']
  readonly #served: Served[] = []

  constructor(gateway: GatewayProcess, traffic: Traffic, upstreams: Upstreams) {
    this.#gateway = gateway
    this.#traffic = traffic
    this.#upstreams = upstreams
    this.#pace = upstreams.pace
    this.#watch = watchGateway(gateway.url)
  }

  /** The candidate decides beside the current policy, and sends nothing. */
  async shadow(): Promise<void> {
    say('\nThe candidate as a shadow')
    await this.#gateway.run(['rollout', 'start', '--shadow'])
    this.#tell([...(await this.#readInAgain()), await this.#traffic.converse(this.#pace.conversations)])
    await this.#show('rollout', 'status')
  }

  /** From stage to stage, as long as the gates let it. */
  async grow(fault: boolean): Promise<RolloutView> {
    await this.#gateway.run(['rollout', 'start'])
    for (;;) {
      const stage = await this.#watch.view()
      if (stage.phase === 'completed') await this.#show('rollout', 'status')
      if (stage.phase !== 'running') return stage
      say(`\n${stage.percent} % of the sessions`)
      if (fault && stage.percent >= FAULT_PERCENT) {
        say('  From now on the cloud fails.')
        await this.#upstreams.breakCloud()
      }
      await this.#serve(stage)
      await this.#show('rollout', 'status')
      say('')
      for (const line of await this.#watch.metrics()) say(line)
      await this.#verdictOn(stage)
    }
  }

  /** What an operator does about a candidate that the gates have sent back. */
  async takeBack(): Promise<void> {
    say('\nThe gates have sent it back')
    await this.#show('rollout', 'status')
    // Failures that were still under way may have sent it all the way back.
    if ((await this.#watch.view()).percent > 0) await this.#show('rollout', 'rollback')
    say('\nThe current policy has everything again')
    this.#tell([...(await this.#readInAgain()), await this.#traffic.converse(this.#pace.conversations)])
  }

  /** Over all that was served, by what the calls say of themselves and by what the simulated clouds have received. */
  verdict(): { readonly leaked: boolean; readonly text: string } {
    const leaks = leaksIn(together(this.#served))
    const lines = this.#traffic.restrictedLines()
    const seen = lines.filter((line) => this.#upstreams.received(line)).length
    const leaked = leaks > 0 || seen > 0 || lines.length === 0
    const text = leaked
      ? `${leaks} calls with restricted data went to a cloud, which has received ${seen} of ${lines.length} restricted paragraphs!`
      : `No restricted data left this machine at any stage: no cloud has received any of its ${lines.length} paragraphs.`
    return { leaked, text }
  }

  /** Until the stage has the requests that its gates ask for, or is over. */
  async #serve(stage: RolloutView): Promise<void> {
    const parts = await this.#readInAgain()
    for (;;) {
      parts.push(await this.#traffic.converse(this.#pace.conversations))
      const now = await this.#watch.view()
      if (!isSame(now, stage) || now.cohorts.candidate.requests >= (now.stage?.min_requests ?? 0)) break
    }
    this.#tell(parts)
  }

  /** @throws Error when the gates do not come to one. */
  async #verdictOn(stage: RolloutView): Promise<void> {
    const patience = AbortSignal.timeout(PATIENCE_MS)
    while (isSame(await this.#watch.view(), stage)) {
      if (patience.aborted) throw new Error(`The gates have come to no verdict on ${stage.percent} %.`)
      await wait(LOOK_EVERY_MS)
    }
  }

  async #readInAgain(): Promise<Served[]> {
    return this.#pace.readsInAgain ? [await this.#traffic.readInAgain()] : []
  }

  #tell(parts: readonly Served[]): void {
    this.#served.push(...parts)
    for (const line of stageText(together(parts))) say(line)
  }

  /** As a terminal shows it, where there is one. */
  async #show(...words: readonly string[]): Promise<void> {
    say(`\n$ aegis ${words.join(' ')}`)
    await this.#gateway.run(words, 'shown')
  }
}

function isSame(left: RolloutView, right: RolloutView): boolean {
  return left.phase === right.phase && left.percent === right.percent
}
