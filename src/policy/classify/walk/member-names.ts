// Owns the names of members that the dialects define: they are no data, and some say that prose follows.

/** Members of OpenAI's, Anthropic's and Ollama's requests and of JSON Schema. Audit records may show them. */
const known = new Set(
  'aegis allOf annotations anyOf arguments assistant audio betas body cache_control call_id choices citations code command completion const content context contents conversation custom data default definitions defs delta description detail dimensions document documents effort enable encoding_format enum examples expires_at extra file file_data file_id file_url filename finish_reason format frequency_penalty function function_call functions grammar guided_json id image image_url images include include_usage index input input_audio input_schema input_text instructions item items json_schema keep_alive language logit_bias logprobs max_completion_tokens max_output_tokens max_tokens maximum media_type message messages metadata min_p minimum modalities model n name num_ctx num_predict object oneOf options output output_text parallel_tool_calls parameters parts pattern prediction presence_penalty previous_response_id prompt properties query raw reasoning reasoning_content reasoning_effort refusal repeat_penalty required response response_format result results role safety_identifier schema search_context_size seed service_tier signature source stop stop_sequences store stream stream_options strict suffix summary syntax system temperature template text text_format think thinking title tool tool_call_id tool_calls tool_choice tool_name tool_result tool_use tool_use_id tools top_k top_logprobs top_p transcript truncate truncation type url user user_id user_location value verbosity video voice web_search_options'.split(
    ' ',
  ),
)

const prose = new Set(
  'content text prompt input output arguments system instructions message body query thinking reasoning reasoning_content refusal transcript output_text input_text result results parts contents summary completion suffix messages prediction delta template context document documents'.split(
    ' ',
  ),
)

const opaque = new Set(['signature', 'encrypted_content', 'thought_signature', 'thoughtSignature', 'redacted_thinking'])

export function isKnownMember(name: string): boolean {
  return known.has(name)
}

/** Its strings are what somebody wrote, so nothing else says what they are. */
export function isProseMember(name: string): boolean {
  return prose.has(name)
}

/** Providers put state of their own there, encrypted for themselves. */
export function isOpaqueMember(name: string): boolean {
  return opaque.has(name)
}
