import { describe, expect, it } from 'vitest'
import { type LoginNavigation, loginIntent } from '../../functions/domain/login-navigation.ts'

/** A click on a link of our own pages, in a browser of today. */
const CLICK: LoginNavigation = {
  purpose: undefined,
  fetchSite: 'same-origin',
  fetchMode: 'navigate',
  fetchDest: 'document',
  fetchUser: '?1',
  requestedWith: undefined,
}
/** A browser that sends none of these headers. */
const SILENT: LoginNavigation = {
  purpose: undefined,
  fetchSite: undefined,
  fetchMode: undefined,
  fetchDest: undefined,
  fetchUser: undefined,
  requestedWith: undefined,
}

describe('a navigation to login', () => {
  it.each<[string, LoginNavigation]>([
    ['a click on our own page', CLICK],
    ['a script of our own page that navigates', { ...CLICK, fetchUser: undefined }],
    ['an address typed in, or a bookmark', { ...CLICK, fetchSite: 'none' }],
    ['an address opened by another program', { ...CLICK, fetchSite: 'none', fetchUser: undefined }],
    ['a click on another site', { ...CLICK, fetchSite: 'cross-site' }],
    ['a click on a sibling host', { ...CLICK, fetchSite: 'same-site' }],
    ['a browser too old to say', SILENT],
    ['a browser that says no more than that nothing is special', { ...SILENT, purpose: '' }],
  ])('starts a login: %s [AR-25]', (_, navigation) => {
    expect(loginIntent(navigation)).toBe('start')
  })

  it.each<[string, LoginNavigation]>([
    ['another site', { ...CLICK, fetchSite: 'cross-site', fetchUser: undefined }],
    ['a sibling host', { ...CLICK, fetchSite: 'same-site', fetchUser: undefined }],
    ['a place we have no word for', { ...CLICK, fetchSite: 'new-value', fetchUser: undefined }],
    [
      'another site, with a value that is not the yes of the standard',
      { ...CLICK, fetchSite: 'cross-site', fetchUser: '?0' },
    ],
    ['another site, in a browser that only says so', { ...SILENT, fetchSite: 'cross-site' }],
  ])('asks first when nobody clicked and it comes from %s [AR-25]', (_, navigation) => {
    expect(loginIntent(navigation)).toBe('ask-first')
  })

  it.each([
    'prefetch',
    'prefetch;prerender',
    'prerender',
    'preview',
    'Prefetch',
    'prefetch;anonymous-client-ip',
  ])('is no login when its purpose is %s, even beside a click [AR-29]', (purpose) => {
    expect(loginIntent({ ...CLICK, purpose })).toBe('prefetch')
    expect(loginIntent({ ...CLICK, purpose, fetchMode: 'no-cors', fetchDest: 'empty' })).toBe('prefetch')
  })
})

describe('a request that is not a navigation', () => {
  it.each(['cors', 'no-cors', 'same-origin', 'websocket'])(
    'starts no login with mode %s [AR-25]',
    (fetchMode) => {
      expect(loginIntent({ ...CLICK, fetchMode })).toBe('not-a-navigation')
      expect(loginIntent({ ...SILENT, fetchMode })).toBe('not-a-navigation')
    },
  )

  it.each(['image', 'iframe', 'frame', 'embed', 'object', 'script', 'style', 'empty', 'worker', 'report'])(
    'starts no login as %s, whatever else it says [AR-25]',
    (fetchDest) => {
      expect(loginIntent({ ...CLICK, fetchDest })).toBe('not-a-navigation')
      expect(loginIntent({ ...CLICK, fetchDest, fetchSite: 'cross-site' })).toBe('not-a-navigation')
      expect(loginIntent({ ...SILENT, fetchDest })).toBe('not-a-navigation')
    },
  )

  it.each(['XMLHttpRequest', 'fetch', ''])(
    'starts no login with X-Requested-With %j, in a browser old or new [AR-29]',
    (requestedWith) => {
      expect(loginIntent({ ...CLICK, requestedWith })).toBe('not-a-navigation')
      expect(loginIntent({ ...SILENT, requestedWith })).toBe('not-a-navigation')
    },
  )
})
