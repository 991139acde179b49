import type { Scenario } from './run.ts'
import { apiCall, backchannelLogout, check, login, logout, rejectedCall } from './tasks.ts'

const ALICE = { subject: 'alice', sid: 'alice-1' }
const ALICE_ELSEWHERE = { subject: 'alice', sid: 'alice-2' }
const BOB = { subject: 'bob', sid: 'bob-1' }

/** Seconds after the login: the access token is fresh, about to expire, and expired. */
const FRESH = 10
const DUE = 290
const EXPIRED = 310

const BY_SUB = { jti: 'one', kind: 'sub', value: 'alice' } as const
const BY_SUB_LATER = { ...BY_SUB, jti: 'four' } as const
const BY_SID = { jti: 'two', kind: 'sid', value: 'alice-1' } as const
const BY_NEW_SID = { jti: 'three', kind: 'sid', value: 'alice-2' } as const

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'refresh × refresh × API call',
    deviations: 2,
    sessions: [ALICE],
    beginsAfter: [DUE, EXPIRED, EXPIRED],
    requests: [apiCall(), apiCall(), apiCall()],
  },
  {
    name: 'rejected token × rejected token × rejected token',
    deviations: 2,
    sessions: [ALICE],
    beginsAfter: [FRESH, DUE, EXPIRED],
    requests: [rejectedCall(), rejectedCall(), rejectedCall()],
  },
  {
    name: 'refresh × rejected token × API call × idle write',
    deviations: 1,
    sessions: [ALICE],
    beginsAfter: [DUE, EXPIRED],
    requests: [apiCall(), rejectedCall(), apiCall(), check()],
  },
  {
    name: 'refresh × refresh × logout × idle write',
    deviations: 2,
    sessions: [ALICE],
    beginsAfter: [DUE, EXPIRED, EXPIRED],
    requests: [apiCall(), apiCall(), logout(), check()],
  },
  {
    name: 'rejected token × logout × logout',
    deviations: 2,
    sessions: [ALICE],
    beginsAfter: [FRESH, EXPIRED],
    requests: [rejectedCall(), logout(), logout()],
  },
  {
    name: 'refresh × back-channel logout, repeated × idle write',
    deviations: 2,
    sessions: [ALICE],
    beginsAfter: [DUE, EXPIRED],
    requests: [apiCall(), backchannelLogout(BY_SUB), backchannelLogout(BY_SUB), check()],
  },
  {
    name: 'login × back-channel logout by sub, repeated × API call',
    deviations: 2,
    sessions: [ALICE],
    beginsAfter: [EXPIRED],
    requests: [login(ALICE_ELSEWHERE), backchannelLogout(BY_SUB), backchannelLogout(BY_SUB), apiCall()],
  },
  {
    name: 'login × back-channel logout by sid, repeated × by sub',
    deviations: 1,
    sessions: [ALICE],
    beginsAfter: [EXPIRED],
    requests: [
      login(ALICE_ELSEWHERE),
      backchannelLogout(BY_NEW_SID),
      backchannelLogout(BY_NEW_SID),
      backchannelLogout(BY_SUB),
    ],
  },
  {
    name: 'login × two back-channel logouts by sub, one repeated',
    deviations: 1,
    sessions: [ALICE],
    beginsAfter: [EXPIRED],
    requests: [
      login(ALICE_ELSEWHERE),
      backchannelLogout(BY_SUB),
      backchannelLogout(BY_SUB_LATER),
      backchannelLogout(BY_SUB),
    ],
  },
  {
    name: 'login replacement × refresh × rejected token × idle write',
    deviations: 2,
    sessions: [ALICE],
    beginsAfter: [DUE, EXPIRED],
    requests: [login({ ...ALICE_ELSEWHERE, replaces: 0 }), apiCall(), rejectedCall(), check()],
  },
  {
    name: 'login replacement × back-channel logout × logout',
    deviations: 1,
    sessions: [ALICE],
    beginsAfter: [EXPIRED],
    requests: [login({ ...ALICE_ELSEWHERE, replaces: 0 }), backchannelLogout(BY_SID), logout(), apiCall()],
  },
  {
    name: 'two users: refresh × refresh × back-channel logout × logout',
    deviations: 1,
    sessions: [ALICE, BOB],
    beginsAfter: [EXPIRED],
    requests: [apiCall(0), apiCall(1), backchannelLogout(BY_SUB), logout(1)],
  },
  {
    name: 'the last second of an idle session: refresh × idle write × API call',
    deviations: 2,
    sessions: [ALICE],
    beginsAfter: [1799, 1798, 1797],
    requests: [apiCall(), check(), apiCall()],
  },
]
