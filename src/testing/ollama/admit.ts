// Which requests a simulated Ollama takes, which model serves them, and whether that is here or in the cloud.
import { asNumber, asObject, asString, type JsonObject } from '../json-value.ts'
import type { BodyReply } from '../reply.ts'
import { type Catalogue, cloudHost, type KnownModel } from './catalogue.ts'
import { ollamaError, type RefuseWith } from './errors.ts'
import { parseModelReference, requestedModel } from './model-reference.ts'

export interface Admitted {
  readonly model: KnownModel
  /** The name that the reply gives. */
  readonly replyName: string
  /** The host that a real server would have sent the prompt to. */
  readonly forwardedTo: string | undefined
}

export type Admission = Admitted | { readonly refusal: BodyReply }

/** What decides about admission. */
export interface Gate {
  readonly catalogue: Catalogue
  /** `NAME-cloud` and remote models are refused. */
  readonly cloudDisabled: boolean
  /** This server is the cloud: a `-cloud` suffix means nothing to it. */
  readonly isCloud: boolean
  readonly refuse: RefuseWith
}

/** What a request is for: `needs` are capabilities, `verb` is how the refusal calls it. */
export interface Purpose {
  readonly needs: readonly string[]
  readonly verb: 'chat' | 'generate' | 'embed' | 'show'
}

/** The model that a request names, or why it is not served. */
export function admit(json: JsonObject, purpose: Purpose, gate: Gate): Admission {
  const found = locate(json, purpose, gate)
  if ('refusal' in found || found.forwardedTo !== undefined) return found
  const missing = purpose.needs.find((capability) => !found.model.capabilities.includes(capability))
  if (missing === undefined) return found
  const { refuse } = gate
  if (missing === 'tools')
    return { refusal: refuse(400, `registry.ollama.ai/library/${found.model.name} does not support tools`) }
  const what = missing === 'thinking' ? 'thinking' : purpose.verb
  return { refusal: refuse(400, `"${found.replyName}" does not support ${what}`) }
}

function locate(json: JsonObject, purpose: Purpose, gate: Gate): Admission {
  const { catalogue, refuse } = gate
  const name = requestedModel(json)
  if (name === '') return { refusal: refuse(400, 'model is required') }
  const reference = parseModelReference(name)
  if (reference.source === 'conflict') {
    return { refusal: refuse(400, `use either :local or :cloud, not both: "${name}"`) }
  }
  const listed = catalogue.find(reference.source === 'local' ? reference.base : name)
  if (!listed && reference.source === 'cloud' && !gate.isCloud) return passThrough(reference.base, purpose, gate)
  if (!listed || (reference.source === 'local' && listed.remoteHost !== undefined)) {
    return { refusal: refuse(404, missingMessage(name, purpose)) }
  }
  if (listed.remoteHost !== undefined && gate.cloudDisabled) return { refusal: refuse(403, disabledMessage(purpose)) }
  return { model: listed, replyName: name, forwardedTo: listed.remoteHost }
}

/** The cloud answers in its own name: without the suffix, and without saying that it is remote. */
function passThrough(base: string, purpose: Purpose, gate: Gate): Admission {
  if (gate.cloudDisabled) return { refusal: ollamaError(403, disabledMessage(purpose)) }
  return { model: gate.catalogue.inCloud(base), replyName: base, forwardedTo: cloudHost }
}

function missingMessage(name: string, purpose: Purpose): string {
  return purpose.verb === 'embed' ? `model "${name}" not found, try pulling it first` : `model '${name}' not found`
}

function disabledMessage(purpose: Purpose): string {
  const what = purpose.verb === 'show' ? 'remote model details are unavailable' : 'remote model is unavailable'
  return `ollama cloud is disabled: ${what}`
}

/** Remembers whether the model stays loaded after the request; one that runs elsewhere never is. */
export function load(json: JsonObject, { model, forwardedTo }: Admitted, contextTokens: number, gate: Gate): void {
  const { loaded } = gate.catalogue
  if (unloads(json)) loaded.delete(model)
  else if (forwardedTo === undefined) loaded.set(model, contextTokens)
}

/** A keep_alive that unloads the model at once. */
export function unloads(json: JsonObject): boolean {
  return json.keep_alive === 0 || /^0[a-z]*$/.test(asString(json.keep_alive) ?? '')
}

/** A thinking model thinks unless it is told not to. */
export function thinks(think: JsonObject[string], model: KnownModel): boolean {
  return model.capabilities.includes('thinking') && think !== false
}

export function asksToThink(json: JsonObject): boolean {
  return json.think === true || typeof json.think === 'string'
}

export function requestedContext(json: JsonObject): number | undefined {
  return asNumber(asObject(json.options).num_ctx)
}
