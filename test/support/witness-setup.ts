import { witnessJson, witnessLog, witnessParameters } from './witness.ts'

/** In every test process: what is printed is witnessed, and so are the secrets in every call to another server. */
const { fetch } = globalThis

globalThis.fetch = async (input, init) => {
  if (init?.body !== undefined && init.body !== null)
    witnessParameters(new URLSearchParams(String(init.body)))
  const response = await fetch(input, init)
  const copy = response.clone()
  void copy.text().then(witnessJson, () => {})
  return response
}

for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream) as (...parts: unknown[]) => boolean
  stream.write = ((...parts: unknown[]) => {
    witnessLog(String(parts[0]))
    return write(...parts)
  }) as typeof stream.write
}

for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  const print = console[method].bind(console)
  console[method] = (...parts: unknown[]) => {
    witnessLog(parts.map(String).join(' '))
    print(...parts)
  }
}
