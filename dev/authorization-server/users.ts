import type { Account } from 'oidc-provider'

/** The only user of the embedded authorization server. The login page shows name and password. */
export const TEST_USER = { name: 'alice', password: 'wonderland' } as const

const CLAIMS = {
  name: 'Alice Liddell',
  given_name: 'Alice',
  family_name: 'Liddell',
  preferred_username: 'alice',
  locale: 'en',
  email: 'alice@example.com',
  email_verified: true,
}

export function findUser(id: string): Account | undefined {
  return id === TEST_USER.name ? { accountId: id, claims: () => ({ sub: id, ...CLAIMS }) } : undefined
}

export function isRightPassword(name: string | null, password: string | null): boolean {
  return name === TEST_USER.name && password === TEST_USER.password
}
