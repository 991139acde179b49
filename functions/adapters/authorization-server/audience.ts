/** What access tokens are asked for, as the configuration of the upstreams says. */
export interface Audience {
  /** @see RFC 8707 section 2 */
  readonly resource: string | undefined
  /** The same in the parameter that some servers take instead. */
  readonly audience: string | undefined
}

/** The name of this audience among a session's access tokens. */
export function audienceName({ resource, audience }: Audience): string {
  return resource ?? audience ?? 'default'
}

export function resourceParameter({ resource }: Audience): Record<string, string> {
  return resource === undefined ? {} : { resource }
}

export function audienceParameters({ resource, audience }: Audience): Record<string, string> {
  return { ...resourceParameter({ resource, audience }), ...(audience === undefined ? {} : { audience }) }
}
