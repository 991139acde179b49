import type { Audience } from '../adapters/authorization-server/audience.ts'
import { hasRepeatedMember, isJsonObject, type JsonObject } from '../domain/json-members.ts'
import { isHttpsOrLoopback } from '../domain/origin.ts'
import type { Upstream } from '../domain/upstream.ts'
import type { Environment, SettingProblem } from './settings-reader.ts'

/** The upstreams, and what the access token that they all share is asked for. */
export interface UpstreamSettings {
  readonly upstreams: readonly Upstream[]
  readonly audience: Audience
}

type Entry = JsonObject

interface MemberRule {
  /** Completes the sentence "<path> must be …". */
  readonly expects: string
  readonly absent?: unknown
  admits(value: unknown): boolean
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

const MEMBERS: { readonly [member: string]: MemberRule } = {
  name: {
    expects: 'a name of 1 to 64 letters, digits, _ and -',
    admits: (name) => typeof name === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(name),
  },
  target: {
    expects: 'a URL with https (or http on a loopback host) and no query, spelled as a browser would show it',
    admits: isTarget,
  },
  methods: {
    expects: `a list of methods, each one of ${METHODS.join(', ')}`,
    absent: ['GET', 'HEAD'],
    admits: (methods) =>
      Array.isArray(methods) && methods.length > 0 && methods.every((method) => METHODS.includes(method)),
  },
  resource: {
    expects: 'an absolute URI without fragment',
    absent: undefined,
    admits: (resource) =>
      typeof resource === 'string' && /^[!"$-~]+$/.test(resource) && URL.canParse(resource),
  },
  audience: {
    expects: 'visible ASCII text',
    absent: undefined,
    admits: (audience) => typeof audience === 'string' && /^[!-~]+$/.test(audience),
  },
  timeoutMs: {
    expects: 'a whole number from 100 to 25000',
    absent: 10_000,
    admits: (timeout) => Number.isInteger(timeout) && Number(timeout) >= 100 && Number(timeout) <= 25_000,
  },
  cacheable: {
    expects: 'true or false',
    absent: false,
    admits: (cacheable) => typeof cacheable === 'boolean',
  },
}

/**
 * Reads a JSON array of upstreams. Every problem is reported with the path of what is wrong, such as
 * `BFF_UPSTREAMS[1].target`; until there is none, nothing that was read may be used.
 */
export function readUpstreams(
  read: { readonly problems: SettingProblem[] },
  environment: Environment,
  setting: string,
): UpstreamSettings {
  const text = environment[setting]
  const entries = text ? entriesIn(text) : []
  if (entries === undefined) {
    read.problems.push({ name: setting, rule: 'must be a JSON array of objects, each member once' })
    return { upstreams: [], audience: { resource: undefined, audience: undefined } }
  }
  const own = entries.flatMap((entry, index) => problemsOf(entry, `${setting}[${index}]`))
  const shared = contradictions(entries, setting)
  read.problems.push(...own, ...shared.filter(({ name }) => own.every((problem) => problem.name !== name)))
  return { upstreams: entries.map(toUpstream), audience: audienceOf(entries[0] ?? {}) }
}

function entriesIn(text: string): Entry[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every(isJsonObject) && !hasRepeatedMember(text) ? value : undefined
  } catch {
    return undefined
  }
}

function problemsOf(entry: Entry, path: string): SettingProblem[] {
  const isStranger = Object.keys(entry).some((member) => !Object.hasOwn(MEMBERS, member))
  const wrong = Object.entries(MEMBERS).filter(([member, rule]) => !isSound(entry, member, rule))
  return [
    ...(isStranger
      ? [{ name: path, rule: `must have no members but ${Object.keys(MEMBERS).join(', ')}` }]
      : []),
    ...wrong.map(([member, { expects }]) => ({ name: `${path}.${member}`, rule: `must be ${expects}` })),
  ]
}

function isSound(entry: Entry, member: string, rule: MemberRule): boolean {
  return Object.hasOwn(entry, member) ? rule.admits(entry[member]) : 'absent' in rule
}

/** What two upstreams cannot say beside each other. A session holds one access token, which they all share. */
function contradictions(entries: readonly Entry[], setting: string): SettingProblem[] {
  const [first = {}] = entries
  return entries.flatMap((entry, index) => {
    const path = `${setting}[${index}]`
    const namesake = entries.findIndex(({ name }) => typeof name === 'string' && name === entry.name)
    const other = (['resource', 'audience'] as const).filter((member) => entry[member] !== first[member])
    return [
      ...(namesake !== -1 && namesake < index
        ? [{ name: `${path}.name`, rule: 'must differ from that of every other upstream' }]
        : []),
      ...other.map((member) => ({ name: `${path}.${member}`, rule: `must be that of ${setting}[0]` })),
    ]
  })
}

/** Spelled as the URL parser would spell it, so that what is configured is what is called. */
function isTarget(target: unknown): boolean {
  const url = typeof target === 'string' ? URL.parse(target) : null
  return (
    url !== null &&
    isHttpsOrLoopback(url) &&
    url.username === '' &&
    url.password === '' &&
    [target, `${target}/`].includes(url.origin + url.pathname)
  )
}

function toUpstream(entry: Entry): Upstream {
  const member = (name: string) => entry[name] ?? MEMBERS[name]?.absent
  return {
    name: String(member('name')),
    target: String(member('target')).replace(/\/$/, ''),
    methods: member('methods') as readonly string[],
    timeoutMilliseconds: Number(member('timeoutMs')),
    cacheable: member('cacheable') === true,
  }
}

function audienceOf({ resource, audience }: Entry): Audience {
  return { resource, audience } as Audience
}
