/**
 * Takes the place of `@smithy/core/event-streams` in the bundles. The SDK loads it for operations that answer with a
 * stream of events, which none of ours does; without it a bundle is smaller by 19 KB.
 */
throw new Error('Event streams are not in the bundle.')
