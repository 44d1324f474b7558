import type { Side } from './verdict.ts'

/** Assertions of the specification that no story exercises, and why. */
export const beyond: ReadonlyArray<{
  readonly side: Side
  readonly ids: readonly string[]
  readonly why: string
}> = [
  {
    side: 'edge',
    ids: [
      'principles-persistence-clean-session-50',
      'payloads-ndeath-will-message-publisher-disconnect-mqtt50',
    ],
    why: 'the edge speaks MQTT 3.1.1',
  },
  {
    side: 'host',
    ids: ['message-flow-phid-sparkplug-clean-session-50'],
    why: 'the host speaks MQTT 3.1.1',
  },
  {
    side: 'edge',
    ids: [
      'topics-nbirth-templates',
      'payloads-template-definition-nbirth-only',
      'payloads-template-definition-nbirth',
    ],
    why: 'the edge publishes no templates',
  },
  {
    side: 'host',
    ids: ['host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet'],
    why: 'the host never ends a session without DISCONNECT',
  },
  {
    side: 'host',
    ids: ['payloads-name-cmd-requirement'],
    why: 'a permission: nothing can fail it',
  },
]
