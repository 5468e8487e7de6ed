-- Owns what wrk sends and reports. Arguments: the file with the body, then "name: value" headers.
-- There is no `request` function on purpose: wrk then renders the request once and calls no Lua per request.

function init(args)
  local file = assert(io.open(args[1], 'rb'))
  wrk.method = 'POST'
  wrk.body = file:read('*a')
  file:close()
  for i = 2, #args do
    local name, value = args[i]:match('^([^:]+): (.*)$')
    wrk.headers[name] = value
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nbench {"requests":%d,"durationMicros":%d,"p50Micros":%d,"p99Micros":%d,"failed":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
