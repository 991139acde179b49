import type { Audience } from '../adapters/authorization-server/audience.ts'
import { isHttpsOrLoopback } from '../domain/origin.ts'
import type { Upstream } from '../domain/upstream.ts'
import type { SettingRule } from './setting-rules.ts'

/** The upstreams, and what the access token that they all share is asked for. */
export interface UpstreamSettings {
  readonly upstreams: readonly Upstream[]
  readonly audience: Audience
}

export const NO_UPSTREAMS: UpstreamSettings = {
  upstreams: [],
  audience: { resource: undefined, audience: undefined },
}

const MEMBERS = ['name', 'target', 'methods', 'resource', 'audience', 'timeoutMs', 'cacheable']
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const DEFAULT_METHODS = ['GET', 'HEAD']
const DEFAULT_TIMEOUT_MILLISECONDS = 10_000

/** `BFF_UPSTREAMS`: a JSON array, one object for each upstream. */
export const upstreamSettings: SettingRule<UpstreamSettings> = {
  expects:
    'a JSON array of upstreams with distinct names, such as ' +
    '[{"name":"orders","target":"https://orders.example/v1","methods":["GET","POST"]}], ' +
    'with methods, resource, audience, timeoutMs (100 to 25000) and cacheable as the only other members, ' +
    'targets on https (or http on a loopback host), and one resource or audience for all',
  parse(text) {
    const entries = entriesIn(text)
    const upstreams = entries?.map(toUpstream)
    if (entries === undefined || upstreams === undefined || upstreams.includes(undefined)) return undefined
    const sound = upstreams.filter((upstream) => upstream !== undefined)
    const audience = sharedAudience(entries)
    const areDistinct = new Set(sound.map(({ name }) => name)).size === sound.length
    return areDistinct && audience !== undefined ? { upstreams: sound, audience } : undefined
  },
}

type Entry = { readonly [member: string]: unknown }

function entriesIn(text: string): Entry[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every(isObject) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toUpstream(entry: Entry): Upstream | undefined {
  const { name, target, methods = DEFAULT_METHODS, cacheable = false } = entry
  const { resource, audience, timeoutMs = DEFAULT_TIMEOUT_MILLISECONDS } = entry
  const isSound =
    Object.keys(entry).every((member) => MEMBERS.includes(member)) &&
    typeof name === 'string' &&
    /^[A-Za-z0-9_-]{1,64}$/.test(name) &&
    isTarget(target) &&
    Array.isArray(methods) &&
    methods.length > 0 &&
    methods.every((method) => METHODS.includes(method)) &&
    Number.isInteger(timeoutMs) &&
    Number(timeoutMs) >= 100 &&
    Number(timeoutMs) <= 25_000 &&
    typeof cacheable === 'boolean' &&
    (resource === undefined || isResource(resource)) &&
    (audience === undefined || (typeof audience === 'string' && /^[\x21-\x7e]+$/.test(audience)))
  if (!isSound) return undefined
  return {
    name,
    target: target.replace(/\/$/, ''),
    methods,
    timeoutMilliseconds: Number(timeoutMs),
    cacheable,
  }
}

/** Spelled as the URL parser would spell it, so that what is configured is what is called. */
function isTarget(target: unknown): target is string {
  const url = typeof target === 'string' ? URL.parse(target) : null
  return (
    url !== null &&
    isHttpsOrLoopback(url) &&
    url.username === '' &&
    url.password === '' &&
    [target, `${target}/`].includes(url.origin + url.pathname)
  )
}

/** @see RFC 8707 section 2 */
function isResource(resource: unknown): boolean {
  return typeof resource === 'string' && URL.canParse(resource) && !resource.includes('#')
}

/** A session holds one access token: upstreams that want different ones cannot share it. */
function sharedAudience(entries: readonly Entry[]): Audience | undefined {
  const wanted = entries.map(({ resource, audience }) => ({ resource, audience }) as Audience)
  const [first = NO_UPSTREAMS.audience] = wanted
  const isShared = wanted.every((one) => one.resource === first.resource && one.audience === first.audience)
  return isShared ? first : undefined
}
