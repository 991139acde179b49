/** What a resource server says of an access token that it did not accept. @see RFC 6750 section 3 */
export interface BearerChallenge {
  readonly error: string | undefined
  readonly scope: string | undefined
  readonly acrValues: string | undefined
  readonly maxAge: string | undefined
}
