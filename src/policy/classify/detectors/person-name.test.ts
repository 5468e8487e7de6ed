import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDetection } from '../detect.ts'
import { personNameDetector } from './person-name.ts'

const pipeline = createDetection({ clock: { now: () => 0 }, detectors: [personNameDetector('balanced')] })

function inDescription(description: string) {
  const properties = { location: { type: 'string', description } }
  const parameters = { type: 'object', properties }
  return pipeline.detect({ tools: [{ type: 'function', function: { name: 'get_weather', parameters } }] })
}

for (const description of [
  'City name, e.g. London',
  'The city and state, e.g. Paris, France',
  'Name of the city, such as "Sydney"',
  'Der Ort, z. B. Florian',
]) {
  test(`the example in the description of a parameter is no person: ${description}`, () => {
    assert.deepEqual(inDescription(description).findings, [])
  })
}

test('a person who is named in a description is found', () => {
  assert.equal(inDescription('Calls Dr. Anna Weber in Berlin for you').classification, 'pii')
})

test('in prose an example may be a person', () => {
  const content = 'Write to a colleague, e.g. Anna Weber, about it'
  assert.equal(pipeline.detect({ messages: [{ role: 'user', content }] }).classification, 'pii')
})
