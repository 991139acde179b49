import { sessionRowId } from '../../functions/domain/identifiers.ts'
import { acceptBackchannelLogout } from '../../functions/flows/accept-backchannel-logout.ts'
import { authorizeApiCall, reauthorizeApiCall } from '../../functions/flows/authorize-api-call.ts'
import { checkSession } from '../../functions/flows/check-session.ts'
import { endSession } from '../../functions/flows/end-session.ts'
import { openNewSession } from '../../functions/flows/open-session.ts'
import type { Rights } from './actor.ts'
import { judgeCall, judgeCheck } from './judge-calls.ts'
import { isNamed, judgeBackchannelLogout, judgeLogin, judgeLogout } from './judge-logouts.ts'
import type { IssuedTokens, KnownSession } from './known-session.ts'
import { tokenSetOf } from './model-authorization-server.ts'
import type { Play } from './play.ts'
import type { AskedLogout } from './world.ts'

/** A request of a scenario. */
export type Request = (play: Play) => void

/** A refresh ends a session for two reasons: its tokens, if they are still those that are stored, are refused or wrong. */
const REFRESHES: Rights = {
  mayRemove(session, { use }) {
    if (use === undefined || use.session !== session || use.reply !== 'told') return false
    if (use.brought === undefined) return session.stored === use.made
    return use.isIdTokenWrong && (session.stored === use.made || session.stored === use.brought)
  },
}

/** An API call, with a refresh if one is due. */
export const apiCall =
  (of = 0): Request =>
  (play) => {
    const session = play.session(of)
    play.bring('API call', REFRESHES, async (instance, actor, newCall) => {
      judgeCall(play, actor, session, await authorizeApiCall(instance, session.identifier, newCall()))
    })
  }

/** An API call whose access token the upstream rejects. */
export const rejectedCall =
  (of = 0): Request =>
  (play) => {
    const session = play.session(of)
    play.bring('rejected call', REFRESHES, async (instance, actor, newCall) => {
      const call = newCall()
      const authorized = await authorizeApiCall(instance, session.identifier, call)
      judgeCall(play, actor, session, authorized)
      if (!authorized.ok) return
      const { scheduler } = play.world
      actor.rejected = play.grants.issuedWith(authorized.value.accessToken.value)
      await scheduler.turn(actor, 'is rejected by the upstream', { until: scheduler.time + 1000 })
      const again = await reauthorizeApiCall(instance, authorized.value, call)
      if (again !== undefined) judgeCall(play, actor, session, again)
    })
  }

/** A look at the session, which counts as use. */
export const check =
  (of = 0): Request =>
  (play) => {
    const session = play.session(of)
    const { identifier } = session
    if (identifier === undefined) throw new Error('Nobody can come with this session yet.')
    play.bring('check', { mayRemove: () => false }, async (instance, actor, newCall) => {
      judgeCheck(play, actor, session, await checkSession(instance, identifier, { peek: false }, newCall()))
    })
  }

export const logout =
  (of = 0): Request =>
  (play) => {
    const session = play.session(of)
    const rights = { mayRemove: (removed: KnownSession) => removed === session }
    play.bring('logout', rights, async (instance, actor, newCall) => {
      judgeLogout(play, actor, session, await endSession(instance, session.identifier, newCall()))
    })
  }

/** The same logout token again is the same `asked`. */
export const backchannelLogout =
  (asked: AskedLogout): Request =>
  (play) => {
    const rights: Rights = {
      jti: asked.jti,
      mayRemove: (session) => isNamed(play.world, asked, session),
    }
    play.logouts.push(asked)
    play.bring('back-channel', rights, async (instance, actor, newCall) => {
      judgeBackchannelLogout(
        play,
        actor,
        asked,
        await acceptBackchannelLogout(instance, asked.jti, newCall()),
      )
    })
  }

export interface LoginForm {
  readonly subject: string
  readonly sid: string
  /** The session that the browser had when it began. */
  readonly replaces?: number
}

/** A login from its beginning on: it comes back with tokens at some later time. */
export const login =
  ({ subject, sid, replaces }: LoginForm): Request =>
  (play) => {
    const replaced = replaces === undefined ? [] : [play.session(replaces)]
    const { world, grants } = play
    let opened: KnownSession | undefined
    let tokens: IssuedTokens | undefined
    let begunAt = 0
    const rights: Rights = {
      mayRemove: (session) => session === opened || (opened !== undefined && replaced.includes(session)),
      opens(rowId) {
        if (opened !== undefined || tokens === undefined)
          throw new Error('A login opens one session, with tokens.')
        opened = {
          label: 'the new session',
          rowId,
          subject,
          sid,
          begunAt,
          stored: tokens,
          everStored: new Set([tokens]),
          uses: [],
        }
        return opened
      },
    }
    play.bring('login', rights, async (instance, actor, newCall) => {
      begunAt = actor.clock.milliseconds()
      await world.scheduler.turn(actor, 'comes back with tokens')
      const call = newCall()
      tokens = grants.begin(subject)
      const now = actor.clock.now()
      const redeemed = { subject, claims: { sub: subject, sid }, tokens: tokenSetOf(tokens, now) }
      const server = await instance.authorizationServer.discover(call.deadlineAt)
      if (!server.ok) return
      const form = { redeemed, begunAt, replaces: replaced.map(({ rowId }) => rowId) }
      const result = await openNewSession(instance, server.value, form, call)
      if (result.ok && opened?.rowId === sessionRowId(result.value.sessionIdentifier)) {
        opened.identifier = result.value.sessionIdentifier
      }
      judgeLogin(play, actor, { opened, replaced, subject, sid, begunAt }, result)
    })
  }
