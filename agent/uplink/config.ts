import Type, { type Static } from 'typebox'

/** Where the agent reports to. TLS files are PEM; without them the broker must be on loopback or the network trusted. */
export const UplinkConfig = Type.Object(
  {
    url: Type.String({ pattern: '^mqtts?://', description: 'the uplink broker, never the field broker' }),
    agent: Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9-]*$',
      description: 'Sparkplug edge node: this agent',
    }),
    hostId: Type.String({
      default: 'coldloop-hub',
      description: 'primary host that births wait for; empty: wait for none',
    }),
    acknowledges: Type.Boolean({
      default: true,
      description:
        'the host acknowledges what its store has kept; false for another vendor: then delivery is not proven',
    }),
    username: Type.Optional(Type.String()),
    password: Type.Optional(Type.String()),
    caFile: Type.Optional(Type.String()),
    certFile: Type.Optional(Type.String()),
    keyFile: Type.Optional(Type.String()),
    others: Type.Optional(
      Type.Array(
        Type.Object({
          url: Type.String({ pattern: '^mqtts?://' }),
          username: Type.Optional(Type.String()),
          password: Type.Optional(Type.String()),
        }),
        {
          maxItems: 9,
          description:
            'further uplink brokers: the agent is at one at a time and walks on when its host is not there',
        },
      ),
    ),
    keepaliveS: Type.Integer({
      default: 15,
      minimum: 1,
      maximum: 60,
      description: 'a dead path is noticed within 1.5 of these',
    }),
  },
  { additionalProperties: false },
)
export type UplinkConfig = Static<typeof UplinkConfig>

/** One broker of the list, with its login; the TLS files are the agent's own and the same everywhere. */
export type Broker = { readonly url: string; readonly username?: string; readonly password?: string }

export const brokersOf = (config: UplinkConfig): readonly [Broker, ...Broker[]] => [
  config,
  ...(config.others ?? []),
]
