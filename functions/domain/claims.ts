/** Claims of an ID token, as they were verified. */
export type Claims = { readonly [name: string]: unknown }

/** The claims a browser may see: those on the allow-list, nothing else. */
export function allowedClaims(claims: Claims, allowList: readonly string[]): Claims {
  return Object.fromEntries(
    allowList.filter((name) => Object.hasOwn(claims, name)).map((name) => [name, claims[name]]),
  )
}
