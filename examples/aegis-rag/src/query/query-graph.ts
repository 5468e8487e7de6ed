// Owns the query: a coordinator plans, vectors and graph are searched, and the answer cites what was found.
import { Annotation, END, type LangGraphRunnableConfig, START, StateGraph } from '@langchain/langgraph'
import type { DataClassification } from 'aegis-llm'
import { strictest, UNSTATED } from '../classification.ts'
import type { Models, Work } from '../models/models.ts'
import { isUnusableAnswer } from '../models/unusable-answer.ts'
import type { Store } from '../store/open-store.ts'
import { answerPrompt, citedIn, type Plan, planInstructions, planSchema, unplanned } from './prompts.ts'

/** A source of an answer. */
export interface Passage {
  readonly title: string
  readonly path: string
  readonly text: string
  readonly classification: DataClassification
  readonly foundBy: 'vector' | 'graph'
}

export interface QueryDeps {
  readonly store: Store
  readonly models: Models
  /** Passages found by vector, at most. */
  readonly passages?: number
  /** A passage less near than this part of the nearest is left out: it would bring its classification and nothing else. */
  readonly nearEnough?: number
}

export type QueryEvent =
  | { readonly type: 'plan'; readonly plan: Plan }
  | { readonly type: 'found'; readonly classification: DataClassification; readonly passages: readonly Passage[] }
  | { readonly type: 'piece'; readonly text: string }

const State = Annotation.Root({
  question: Annotation<string>,
  /** What the asker says of the question itself. */
  declared: Annotation<DataClassification | undefined>,
  /** Who asks, or the conversation in which it is asked. */
  session: Annotation<string | undefined>,
  plan: Annotation<Plan>,
  /** From both searches, which run side by side. */
  passages: Annotation<Passage[]>({ reducer: (left, right) => [...left, ...right], default: () => [] }),
  /** Of question and passages together: what the answer is treated as. */
  classification: Annotation<DataClassification>,
  answer: Annotation<string>,
  citations: Annotation<Passage[]>,
})
type Query = typeof State.State

/** The most facts of the graph that an answer is given. */
const MOST_FACTS = 6

/** Stream it with `streamMode: ['custom', 'values']` for the pieces of the answer and the whole. */
export function queryGraph({ store, models, passages: most = 4, nearEnough = 0.6 }: QueryDeps) {
  const levelOf = ({ declared }: Query) => declared ?? UNSTATED
  const workOf = ({ session }: Query, dataClassification: DataClassification): Work => {
    return { dataClassification, ...(session === undefined ? {} : { session }) }
  }

  const coordinate = async (state: Query, config: LangGraphRunnableConfig) => {
    const task = { schema: planSchema, instructions: planInstructions, text: state.question }
    const plan = await models.extract(task, workOf(state, levelOf(state))).catch((error: unknown) => {
      // A model that cannot plan has found nothing out: everything is searched.
      if (isUnusableAnswer(error)) return unplanned
      throw error
    })
    config.writer?.({ type: 'plan', plan } satisfies QueryEvent)
    return { plan }
  }

  const searchVectors = async (state: Query) => {
    const [vector = []] = await models.embed([state.question], workOf(state, levelOf(state)))
    const near = store.vectors.nearest(vector, most)
    const best = near[0]?.similarity ?? 0
    const found = near.filter(({ similarity }) => similarity > 0 && similarity >= best * nearEnough)
    const chunks = found.map(({ id }) => store.chunk(id)).filter((chunk) => chunk !== undefined)
    return { passages: chunks.map((chunk): Passage => ({ ...chunk, foundBy: 'vector' })) }
  }

  const searchGraph = async ({ question }: Query) => {
    const facts = store.factsAbout(store.namesIn(question), MOST_FACTS)
    const passages = facts.map(({ chunk, source, relation, target }): Passage => {
      return { ...chunk, text: `The ${source} ${relation.replaceAll('_', ' ')} the ${target}.`, foundBy: 'graph' }
    })
    return { passages }
  }

  const answer = async (state: Query, config: LangGraphRunnableConfig) => {
    const { question, passages, plan } = state
    const classification = strictest([levelOf(state), ...passages.map((passage) => passage.classification)])
    config.writer?.({ type: 'found', classification, passages } satisfies QueryEvent)
    const work = { ...workOf(state, classification), complexity: plan.complexity }
    const pieces = models.answer(answerPrompt(question, passages), work)
    let text = ''
    let piece = await pieces.next()
    for (; !piece.done; piece = await pieces.next()) {
      text += piece.value
      config.writer?.({ type: 'piece', text: piece.value } satisfies QueryEvent)
    }
    // What Aegis found in the prompt counts as well.
    const together = strictest([classification, piece.value.classification])
    return { answer: text, classification: together, citations: citedIn(text, passages) }
  }

  const searches = ({ plan }: Query) => {
    if (plan.search === 'both') return ['searchVectors', 'searchGraph']
    return plan.search === 'vector' ? ['searchVectors'] : ['searchGraph']
  }

  return new StateGraph(State)
    .addNode('coordinate', coordinate)
    .addNode('searchVectors', searchVectors)
    .addNode('searchGraph', searchGraph)
    .addNode('respond', answer)
    .addEdge(START, 'coordinate')
    .addConditionalEdges('coordinate', searches, ['searchVectors', 'searchGraph'])
    .addEdge('searchVectors', 'respond')
    .addEdge('searchGraph', 'respond')
    .addEdge('respond', END)
    .compile()
}
