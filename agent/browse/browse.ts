import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AttributeIds, BrowseDirection, type ClientSession, NodeClass } from 'node-opcua-client'
import { DataType } from 'node-opcua-variant'
import { stringify } from 'yaml'
import { type BrowsedVariable, knownUnit, type Proposal, proposeMap } from '#agent/browse/propose.ts'
import { connectOpcua, hearLibrary, type OpcuaLink, type OpcuaPolicy } from '#agent/sources/opcuaClient.ts'
import { type OpcuaIdentity, openIdentity } from '#agent/sources/opcuaPki.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import type { Equipment } from '#contract/site/site.ts'

export type BrowseOptions = {
  /** Matched by id and name; empty: the kind is guessed from the server's folders. */
  readonly equipment?: readonly Equipment[]
  readonly securityMode?: 'SignAndEncrypt' | 'None'
  readonly policy?: OpcuaPolicy
  readonly user?: { readonly name: string; readonly password: string }
  readonly wallNow: number
}

/** A plant server has some thousand variables; beyond this the listing helps nobody. */
const variablesMax = 20_000
/** Folders in folders; real servers stay under eight. */
const depthMax = 12
const nodesPerRequest = 200

/**
 * What `--browse` prints: every variable of the server with value and unit as comments, and a proposed map, ready to be
 * put right by hand. The server's certificate is accepted for this one look; nothing is written to it or kept.
 */
export async function browse(endpoint: string, options: BrowseOptions): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-browse-'))
  // Standard output is for the map alone.
  hearLibrary(sentence => process.stderr.write(`${sentence}\n`))
  try {
    const identity = await openIdentity({
      folder,
      agentId: 'browse',
      acceptUnknown: true,
      wallNow: options.wallNow,
    })
    const link = await connected(endpoint, identity, options)
    try {
      const variables = await variablesOf(link.session)
      return browseText(endpoint, variables, proposeMap(variables, options.equipment ?? []))
    } finally {
      await link.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Signed and encrypted where the server can; else in the clear, unless a password would travel with it: looking at names
 * and values gives nothing of ours away.
 */
async function connected(
  endpoint: string,
  identity: OpcuaIdentity,
  options: BrowseOptions,
): Promise<OpcuaLink> {
  const { securityMode, policy = 'Basic256Sha256', user } = options
  const attempt = (mode: 'SignAndEncrypt' | 'None') =>
    connectOpcua(
      { endpoint, securityMode: mode, policy, sessionTimeoutMs: 60_000, ...(user ? { user } : {}) },
      identity,
    )
  try {
    return await attempt(securityMode ?? 'SignAndEncrypt')
  } catch (first) {
    if (securityMode !== undefined || user) throw unreachable(endpoint, first)
    return attempt('None').catch(second => {
      throw unreachable(endpoint, second)
    })
  }
}

const unreachable = (endpoint: string, cause: unknown): Failure =>
  new Failure('SOURCE_UNREACHABLE', `${endpoint} cannot be browsed: ${sentenceOf(cause)}`, {
    cause,
    retry: true,
  })

/** The listing and the proposal as one YAML document. */
export function browseText(
  endpoint: string,
  variables: readonly BrowsedVariable[],
  proposals: readonly Proposal[],
): string {
  const proposed = new Set(proposals.map(({ variable }) => variable.address))
  const rest = variables.filter(({ address }) => !proposed.has(address))
  const points = proposals.map(({ variable, equipment, point, unit, likeness }) => {
    const [first = '', ...lines] = stringify({
      address: variable.address,
      equipment,
      point,
      ...(unit === undefined ? {} : { unit }),
    })
      .trimEnd()
      .split('\n')
    return [
      `  # ${described(variable)}; likeness ${Math.round(likeness * 100)} %`,
      `  - ${first}`,
      ...lines.map(line => `    ${line}`),
    ].join('\n')
  })
  return [
    `# ${endpoint}: ${variables.length} variables, ${proposals.length} of them proposed as points. Look at each before use.`,
    points.length === 0 ? 'points: []' : 'points:',
    ...points,
    ...(rest.length === 0 ? [] : ['# Not proposed:']),
    ...rest.map(variable => `# ${variable.address}  ${described(variable)}`),
    '',
  ].join('\n')
}

function described({ path, value, unit }: BrowsedVariable): string {
  const strange = unit !== '' && knownUnit(unit) === undefined ? ' (unit not known here)' : ''
  return `${path.join('/')} = ${value}${unit === '' ? '' : ` ${unit}${strange}`}`
}

type Found = { readonly nodeId: string; readonly path: readonly string[] }

async function variablesOf(session: ClientSession): Promise<readonly BrowsedVariable[]> {
  const variables: Found[] = []
  const unitNodes = new Map<string, string>()
  const seen = new Set<string>(['ns=0;i=2253'])
  let level: readonly Found[] = [{ nodeId: 'ns=0;i=85', path: [] }]
  for (let depth = 0; depth < depthMax && level.length > 0 && variables.length < variablesMax; depth++) {
    const next: Found[] = []
    for (const { parent, child } of await childrenOf(session, level)) {
      if (child.isProperty) {
        if (child.name === 'EngineeringUnits') unitNodes.set(parent.nodeId, child.nodeId)
        continue
      }
      if (seen.has(child.nodeId)) continue
      seen.add(child.nodeId)
      const found = { nodeId: child.nodeId, path: [...parent.path, child.name] }
      if (child.isVariable) variables.push(found)
      next.push(found)
    }
    level = next
  }
  return valued(session, variables.slice(0, variablesMax), unitNodes)
}

type Child = {
  readonly nodeId: string
  readonly name: string
  readonly isVariable: boolean
  readonly isProperty: boolean
}

async function childrenOf(
  session: ClientSession,
  parents: readonly Found[],
): Promise<ReadonlyArray<{ readonly parent: Found; readonly child: Child }>> {
  const children: Array<{ parent: Found; child: Child }> = []
  for (let start = 0; start < parents.length; start += nodesPerRequest) {
    const part = parents.slice(start, start + nodesPerRequest)
    const answers = await session.browse(
      part.map(({ nodeId }) => ({
        nodeId,
        browseDirection: BrowseDirection.Forward,
        referenceTypeId: 'HierarchicalReferences',
        includeSubtypes: true,
        nodeClassMask: NodeClass.Object | NodeClass.Variable,
        resultMask: 63,
      })),
    )
    for (const [place, answer] of answers.entries()) {
      const parent = part[place]
      if (!parent) continue
      const references = [...(answer.references ?? [])]
      let more = answer.continuationPoint
      // Servers cut long folders; each continuation is another page. 1,000 pages of at least one is already the limit above.
      for (let pages = 0; more && more.length > 0 && pages < 1_000; pages++) {
        const page = await session.browseNext(more, false)
        references.push(...(page.references ?? []))
        more = page.continuationPoint
      }
      for (const reference of references)
        children.push({
          parent,
          child: {
            nodeId: reference.nodeId.toString(),
            name: reference.browseName.name ?? '',
            isVariable: reference.nodeClass === NodeClass.Variable,
            // HasProperty is i=46 of the base namespace.
            isProperty: reference.referenceTypeId.toString() === 'ns=0;i=46',
          },
        })
    }
  }
  return children
}

async function valued(
  session: ClientSession,
  variables: readonly Found[],
  unitNodes: ReadonlyMap<string, string>,
): Promise<readonly BrowsedVariable[]> {
  const result: BrowsedVariable[] = []
  for (let start = 0; start < variables.length; start += nodesPerRequest) {
    const part = variables.slice(start, start + nodesPerRequest)
    const read = (nodeIds: readonly string[]) =>
      session.read(nodeIds.map(nodeId => ({ nodeId, attributeId: AttributeIds.Value })))
    const values = await read(part.map(({ nodeId }) => nodeId))
    const withUnit = part.filter(({ nodeId }) => unitNodes.has(nodeId))
    const units =
      withUnit.length === 0 ? [] : await read(withUnit.map(({ nodeId }) => unitNodes.get(nodeId) ?? ''))
    const unitOf = new Map(
      withUnit.map(({ nodeId }, place) => [
        nodeId,
        String(units[place]?.value?.value?.displayName?.text ?? ''),
      ]),
    )
    part.forEach(({ nodeId, path }, place) => {
      const variant = values[place]?.value
      const type = variant?.dataType ?? DataType.Null
      const isNumber = type >= DataType.Boolean && type <= DataType.Double
      const status = values[place]?.statusCode
      const shown = status && status.value >>> 30 !== 0 ? status.name : JSON.stringify(variant?.value ?? null)
      result.push({
        address: nodeId,
        path,
        value: (shown ?? 'null').slice(0, 60),
        isNumber,
        unit: unitOf.get(nodeId) ?? '',
      })
    })
  }
  return result
}
