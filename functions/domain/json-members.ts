export type JsonObject = { readonly [member: string]: unknown }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const STRING_OR_BRACE = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g

/**
 * Whether an object in a JSON text has a member twice: `JSON.parse` keeps the last of them, another reader the first.
 * @param json a text that `JSON.parse` accepts.
 */
export function hasRepeatedMember(json: string): boolean {
  const open: Set<string>[] = []
  for (const [token, colon = ''] of json.matchAll(STRING_OR_BRACE)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (colon !== '') {
      const name: string = JSON.parse(token.slice(0, -colon.length))
      const members = open.at(-1)
      if (members?.has(name)) return true
      members?.add(name)
    }
  }
  return false
}

/** Whether a text is JSON, and none of its objects has a member twice. */
export function isJsonWithoutRepetition(text: string): boolean {
  try {
    JSON.parse(text)
  } catch {
    return false
  }
  return !hasRepeatedMember(text)
}
