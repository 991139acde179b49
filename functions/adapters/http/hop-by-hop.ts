const ALWAYS = [
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['proxy-connection', 'http2-settings'],
]

/**
 * Names of the headers that concern one connection alone.
 * @param connection the Connection headers, in which a sender names more of them.
 * @see RFC 9110 section 7.6.1
 */
export function hopByHop(connection: readonly string[]): ReadonlySet<string> {
  const named = connection.flatMap((value) => value.split(',')).map((name) => name.trim().toLowerCase())
  return new Set([...ALWAYS, ...named])
}
