// Owns that LangSmith is told nothing, whatever the environment says.

/** LangGraph would send LangSmith the state of each node, which holds passages of restricted documents. */
export function withoutTracing(env: NodeJS.ProcessEnv): void {
  for (const name of ['LANGSMITH_TRACING', 'LANGSMITH_TRACING_V2', 'LANGCHAIN_TRACING', 'LANGCHAIN_TRACING_V2'])
    delete env[name]
}
